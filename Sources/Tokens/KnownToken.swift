/// What is known of a token that is presented.
public enum KnownToken: Hashable, Sendable {
    /// It was made here.
    case kept(Verdict.Holder)
    /// No such token was ever made here.
    case unknown
    /// That cannot be told yet, since not all tokens have been read.
    case unread

    /// What is kept of the token, if anything.
    public var record: TokenRecord? {
        if case .kept(let holder) = self { holder.token } else { nil }
    }
}
