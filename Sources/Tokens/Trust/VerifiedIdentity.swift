public import Sodium

/// An identity that an issuer of the configuration signed for this desk, and that is valid: who a job is.
public struct VerifiedIdentity: Hashable, Sendable {
    /// The issuer (`iss`).
    public let issuer: String
    /// The issuer's name in the configuration.
    public let issuerName: String
    public let kind: IssuerKind
    /// `sub`.
    public let subject: String
    public let claims: IdentityClaims
    /// By what it is recognised when it comes again: it can be traded once.
    public let mark: SHA256Digest
    /// Until when it would be accepted, so that the mark must be kept.
    public let acceptedUntil: Timestamp

    public init(
        issuer: String, issuerName: String, kind: IssuerKind, subject: String, claims: IdentityClaims,
        mark: SHA256Digest, acceptedUntil: Timestamp
    ) {
        self.issuer = issuer
        self.issuerName = issuerName
        self.kind = kind
        self.subject = subject
        self.claims = claims
        self.mark = mark
        self.acceptedUntil = acceptedUntil
    }

    /// The event that started the job, if jobs of that event get nothing.
    public var refusedEvent: String? {
        guard let (claim, events) = kind.refusedEvents else { return nil }
        return claims[claim].first(where: events.contains)
    }
}
