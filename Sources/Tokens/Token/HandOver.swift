/// That a secret was handed over to a service account with its token, and who knows it from before.
///
/// The former owner has the secret in a file or a command somewhere, so their login is taken beside it as the account's
/// is. When they leave, the secret has to be replaced: it works for a grace, and is refused after it. A new secret of the
/// token was never theirs, and has no such mark.
public struct HandOver: Hashable, Sendable {
    /// The person whose token it was.
    public let from: SubjectID
    public let at: Timestamp

    public init(from: SubjectID, at: Timestamp) {
        self.from = from
        self.at = at
    }

    /// The moment from which the secret is refused unless it is replaced, since its former owner has left; `nil` while
    /// they have not. Who had left before the token was handed over leaves as much time.
    public func rotationDue(of formerOwner: Subject, grace: TimeSpan) -> Timestamp? {
        formerOwner.leftAt.map { max($0, at) + grace }
    }
}

extension Subject {
    /// When it was suspended, deactivated or deleted, whichever came first; `nil` where it is active.
    public var leftAt: Timestamp? { [suspendedAt, deactivatedAt, endedAt].compactMap(\.self).min() }
}
