/// A secret that was replaced by rotating its token, and works until its end.
///
/// It verifies at services and does nothing else: it cannot rotate its token, manage others or be exchanged.
public struct PreviousSecret: Hashable, Sendable {
    public let id: SecretID
    public let createdAt: Timestamp
    /// When the next secret took its place.
    public let replacedAt: Timestamp
    /// The moment from which it is refused, at the latest.
    public let endsAt: Timestamp?
    /// Whether it ends as soon as everything that used it has used the current secret.
    public let endsWhenMoved: Bool

    public init(
        id: SecretID, createdAt: Timestamp, replacedAt: Timestamp, endsAt: Timestamp?, endsWhenMoved: Bool
    ) {
        self.id = id
        self.createdAt = createdAt
        self.replacedAt = replacedAt
        self.endsAt = endsAt
        self.endsWhenMoved = endsWhenMoved
    }
}
