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
        case .malformed: "the ID token is not made as one should be"
        case .wrongIssuer: "the ID token is of another issuer"
        case .wrongAudience: "the ID token is for another application"
        case .wrongAuthorizedParty: "the ID token was made for another application"
        case .noSubject: "the ID token does not say whose it is"
        case .expired: "the ID token has expired: the clocks here and there may differ"
        case .notYetValid: "the ID token is not valid yet: the clocks here and there may differ"
        case .issuedInTheFuture:
            "the ID token was issued later than now: the clocks here and there may differ"
        case .noExpiry: "the ID token does not say when it ends"
        case .noIssueTime: "the ID token does not say when it was issued"
        case .wrongNonce: "the ID token answers another sign-in than this one"
        }
    }
}
