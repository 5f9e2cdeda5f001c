internal import Synchronization
internal import Tokens

/// How often identities were traded or refused since the server started, by outcome.
public final class TradeFigures: Sendable {
    /// An issuer's name, or `(unknown)`, with an outcome: `traded`, or the name of the reason.
    public struct Outcome: Hashable, Sendable, Comparable {
        public let issuer: String
        public let name: String

        public static func < (left: Self, right: Self) -> Bool {
            (left.issuer, left.name) < (right.issuer, right.name)
        }
    }

    private let counts = Mutex<[Outcome: Int]>([:])

    public init() {}

    /// All outcomes so far.
    public var all: [Outcome: Int] { counts.withLock(\.self) }

    func count(_ name: String, issuer: String?) {
        counts.withLock { $0[Outcome(issuer: issuer ?? "(unknown)", name: name), default: 0] += 1 }
    }
}
