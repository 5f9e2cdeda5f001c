public import Sodium
public import Tokens

/// Browser sessions.
public protocol SessionLedger: Sendable {
    /// Adds a session, which is its subject's ``LastSignIn``. One that came through the provider also moves its subject's
    /// `lastSignInAt` forward.
    ///
    /// Checking a password takes a while. So a session that came by one is added only while the subject's password is
    /// still `password`, and any session only while its subject is not suspended; else this throws
    /// ``LedgerError/changedMeanwhile``.
    func add(_ session: Session, by password: PasswordHash?, event: Event) async throws(LedgerError)
    func session(_ digest: SHA256Digest) async throws(LedgerError) -> Session?
    /// The subject's sessions, the latest seen first.
    func sessions(of subject: SubjectID) async throws(LedgerError) -> [Session]
    /// The sessions that belong to one session of the identity provider (its `sid`), of any subject.
    func sessions(providerSession: String) async throws(LedgerError) -> [Session]
    /// Moves `lastSeenAt` forward.
    func touch(_ session: SessionID, at now: Timestamp) async throws(LedgerError)
    /// Ends a session; nothing happens where it has ended. Returns whether it had not.
    @discardableResult
    func end(_ session: SessionID, event: Event) async throws(LedgerError) -> Bool
    /// Ends all sessions of a subject except `keeping`.
    func endSessions(of subject: SubjectID, keeping: SessionID?, event: Event) async throws(LedgerError)
}

extension SessionLedger {
    /// Adds a session that came by no password.
    public func add(_ session: Session, event: Event) async throws(LedgerError) {
        try await add(session, by: nil, event: event)
    }
}

/// Identifies a session. It is not secret.
public typealias SessionID = Identifier<Session>

/// A signed-in browser. Of the secret in its cookie only the digest is kept.
public struct Session: Hashable, Sendable {
    public let id: SessionID
    /// The SHA-256 digest of the cookie's value.
    public let digest: SHA256Digest
    public let subject: SubjectID
    /// When the subject signed in.
    public let createdAt: Timestamp
    /// The latest request, to the minute.
    public var lastSeenAt: Timestamp
    /// The browser's address at the sign-in.
    public let address: String
    /// The browser as people call it.
    public let client: String
    /// The identity provider's session (`sid`) from which this one came: empty where the provider did not name it,
    /// `nil` for a session that began with a password.
    public let providerSession: String?

    public init(
        id: SessionID, digest: SHA256Digest, subject: SubjectID, createdAt: Timestamp, lastSeenAt: Timestamp,
        address: String, client: String, providerSession: String? = nil
    ) {
        self.id = id
        self.digest = digest
        self.subject = subject
        self.createdAt = createdAt
        self.lastSeenAt = lastSeenAt
        self.address = address
        self.client = client
        self.providerSession = providerSession
    }
}
