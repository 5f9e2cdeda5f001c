/// A step by which a ledger of an earlier version becomes one of this version, before it is carried out. With many tokens
/// and events a step takes seconds.
public struct LedgerUpgrade: Hashable, Sendable, CustomStringConvertible {
    public let step: Int
    public let steps: Int

    public var description: String { "upgrading the ledger, step \(step) of \(steps)" }
}
