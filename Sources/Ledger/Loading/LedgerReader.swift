public import Tokens

/// What takes in all that a ledger holds, at the start, while changes may come in already.
///
/// What is read is as of one moment. A change that was told before a thing was read, or is told while it is,
/// is newer: what is read never takes its place.
public protocol LedgerReader: Sendable {
    /// About to read so many tokens.
    func begin(tokens: Int)
    /// A subject.
    func read(_ subject: Subject)
    /// How often people have to sign in, if that is demanded.
    func read(_ policy: SignInPolicy?)
    /// A token, whose owner was read before. Throws ``LedgerError/failed(reason:)`` where its scopes or
    /// addresses cannot be read.
    func read(_ token: borrowing LoadedToken) throws(LedgerError)
    /// That was all.
    func end()
}
