/// Why an ID token is not believed (OpenID Connect Core 1.0, section 3.1.3.7). It holds nothing of it.
public enum IDTokenFault: Error, Hashable, Sendable, CaseIterable, CustomStringConvertible {
    case malformed
    case wrongIssuer
    case wrongAudience
    case wrongAuthorizedParty
    case noSubject
    case expired
    case notYetValid
    case issuedInTheFuture
    case noExpiry
    case noIssueTime
    case wrongNonce

    /// The reason's name, as events keep it.
    public var name: String {
        switch self {
        case .malformed: "id_token_malformed"
        case .wrongIssuer: "id_token_issuer"
        case .wrongAudience: "id_token_audience"
        case .wrongAuthorizedParty: "id_token_azp"
        case .noSubject: "id_token_no_subject"
        case .expired: "id_token_expired"
        case .notYetValid: "id_token_not_yet_valid"
        case .issuedInTheFuture: "id_token_issued_in_future"
        case .noExpiry: "id_token_no_expiry"
        case .noIssueTime: "id_token_no_issue_time"
        case .wrongNonce: "id_token_nonce"
        }
    }

    public var description: String {
        switch self {
        case .malformed: "the ID token is malformed"
        case .wrongIssuer: "the ID token is from a different issuer"
        case .wrongAudience: "the ID token is for a different application"
        case .wrongAuthorizedParty: "the ID token was issued to a different application"
        case .noSubject: "the ID token has no subject"
        case .expired: "the ID token has expired (the two clocks may differ)"
        case .notYetValid: "the ID token is not valid yet (the two clocks may differ)"
        case .issuedInTheFuture:
            "the ID token was issued in the future (the two clocks may differ)"
        case .noExpiry: "the ID token has no expiry"
        case .noIssueTime: "the ID token has no time of issue"
        case .wrongNonce: "the ID token belongs to a different sign-in"
        }
    }
}
