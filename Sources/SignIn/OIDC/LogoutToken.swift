internal import JSON
import Tokens

/// Why a logout token is rejected.
public enum LogoutTokenFault: Error, Hashable, Sendable, CaseIterable, CustomStringConvertible {
    case malformed
    case wrongIssuer
    case wrongAudience
    case notRecent
    case expired
    case noEvent
    case hasNonce
    case noIdentifier
    case nobody
    case replayed

    public var description: String {
        switch self {
        case .malformed: "the logout token is malformed"
        case .wrongIssuer: "the logout token is from a different issuer"
        case .wrongAudience: "the logout token is for a different application"
        case .notRecent: "the logout token was not issued recently"
        case .expired: "the logout token has expired"
        case .noEvent: "the logout token has no logout event"
        case .hasNonce: "the logout token has a nonce, which only an ID token may have"
        case .noIdentifier: "the logout token has no identifier (jti)"
        case .nobody: "the logout token names neither a subject nor a session"
        case .replayed: "the logout token was already used"
        }
    }
}

/// The token by which the provider reports that a session ended there (OpenID Connect Back-Channel Logout
/// 1.0, section 2.4).
struct LogoutToken: Sendable {
    /// The token's `jti`, so that it works only once.
    let identifier: String
    let subject: String?
    let sessionID: String?

    private static let event = "http://schemas.openid.net/event/backchannel-logout"
    /// The greatest age. The specification asks for `exp`, but Glewlwyd and others leave it out by its draft
    /// 06; then the age decides.
    static let recent = TimeSpan.minutes(5)

    /// Reads and validates a payload whose signature was verified (section 2.6).
    init(parsing payload: [UInt8], issuer: String, clientID: String, at now: Timestamp)
        throws(LogoutTokenFault)
    {
        guard let claims = try? IDTokenClaims(parsing: payload) else { throw .malformed }
        guard claims.issuer?.isExactly(issuer) ?? false else { throw .wrongIssuer }
        guard claims.audience.containsExactly(clientID) else { throw .wrongAudience }
        let leeway = IDTokenClaims.leeway
        guard let issuedAt = claims.issuedAt, issuedAt <= now + leeway,
            now < issuedAt + Self.recent + leeway
        else { throw .notRecent }
        if let expiresAt = claims.expiresAt, now >= expiresAt + leeway { throw .expired }
        guard case .object? = claims.document["events"]?[Self.event] else { throw .noEvent }
        guard claims.document["nonce"] == nil else { throw .hasNonce }
        guard let identifier = claims.document["jti"]?.string, !identifier.isEmpty else {
            throw .noIdentifier
        }
        guard [claims.subject, claims.sessionID].contains(where: { !($0 ?? "").isEmpty }) else {
            throw .nobody
        }
        self.identifier = identifier
        subject = claims.subject.flatMap { $0.isEmpty ? nil : $0 }
        sessionID = claims.sessionID.flatMap { $0.isEmpty ? nil : $0 }
    }
}
