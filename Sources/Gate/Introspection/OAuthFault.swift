public import HTTPServer
import JSON
public import Ledger
public import Tokens

/// An error response of an OAuth endpoint (RFC 6749, section 5.2, and RFC 8628, section 3.5). Texts say what is wrong and
/// what to do.
public enum OAuthFault: Error {
    /// With the sentence that says what is wrong.
    case invalidRequest(String)
    /// An unknown service, a wrong secret, or none at all.
    case invalidClient
    /// An unknown OAuth client, or one with a wrong secret.
    case unknownClient(String)
    /// The code or the identity is wrong, was used, or has timed out.
    case invalidGrant(String)
    case unauthorizedClient(String)
    case unsupportedGrantType(String)
    case invalidScope(String)
    /// The `resource` or `audience` is no service of this desk (RFC 8707).
    case invalidTarget(String)
    /// Nobody has decided yet.
    case authorizationPending
    /// The program polls too fast.
    case slowDown(TimeSpan)
    case accessDenied(String)
    case expiredToken
    /// Too much was asked for from this address.
    case tooManyRequests(String)
    /// Something that this depends on does not answer.
    case unavailable(String)
    /// Too many different wrong secrets from one address.
    case tooManyFailures
    /// The index is not loaded yet.
    case starting
    /// The revocation was not written.
    case ledger(LedgerError)
    /// The index may lack changes of other nodes.
    case stale

    private var status: Int {
        switch self {
        case .invalidRequest, .invalidGrant, .unauthorizedClient, .unsupportedGrantType, .invalidScope,
            .invalidTarget, .authorizationPending, .slowDown, .accessDenied, .expiredToken:
            400
        case .invalidClient, .unknownClient: 401
        case .tooManyFailures, .tooManyRequests: 429
        case .starting, .ledger, .stale, .unavailable: 503
        }
    }

    private var error: String {
        switch self {
        case .invalidRequest: "invalid_request"
        case .invalidClient, .unknownClient, .tooManyFailures: "invalid_client"
        case .invalidGrant: "invalid_grant"
        case .unauthorizedClient: "unauthorized_client"
        case .unsupportedGrantType: "unsupported_grant_type"
        case .invalidScope: "invalid_scope"
        case .invalidTarget: "invalid_target"
        case .authorizationPending: "authorization_pending"
        case .slowDown: "slow_down"
        case .accessDenied: "access_denied"
        case .expiredToken: "expired_token"
        case .starting, .ledger, .stale, .tooManyRequests, .unavailable: "temporarily_unavailable"
        }
    }

    /// For people; printable ASCII without quotes, as the RFC requires.
    private var sentence: String {
        switch self {
        case .invalidRequest(let sentence), .unknownClient(let sentence), .invalidGrant(let sentence),
            .unauthorizedClient(let sentence), .unsupportedGrantType(let sentence),
            .invalidScope(let sentence), .invalidTarget(let sentence), .accessDenied(let sentence),
            .tooManyRequests(let sentence), .unavailable(let sentence):
            sentence
        case .authorizationPending: "nobody has decided yet: ask again in a few seconds"
        case .slowDown(let interval): "wait \(interval.seconds) seconds between two requests"
        case .expiredToken: "this took too long: start again"
        case .invalidClient:
            "authenticate as a service: its name, and the secret in the file that services.NAME.secret_file names"
        case .tooManyFailures:
            "too many different wrong secrets came from this address: wait a minute, then try again"
        case .starting:
            "the token desk has just started and does not know all tokens yet: try again in a moment"
        case .ledger(.uncertain): "this may have been done or not: do it again in a moment"
        case .ledger: "nothing was changed: try again in a moment"
        case .stale: "the token desk has lost touch with its database: try again in a moment"
        }
    }

    /// For a text that contains a token, or once was one, and is not a token as sent.
    public static func notWhole(_ likeness: TokenLikeness, desk: String) -> OAuthFault {
        .invalidRequest(likeness.denial.sentence(service: "", access: .write, desk: desk))
    }

    /// The fault for a denial that leaves open whether the token is active; `nil` for one that decides it.
    public static func temporarilyUnavailable(_ denial: Denial) -> OAuthFault? {
        switch denial {
        case .starting: .starting
        case .stale: .stale
        default: nil
        }
    }

    public var response: Response {
        let body: JSONValue = ["error": .string(error), "error_description": .string(sentence)]
        var headers: Headers = ["Cache-Control": "no-store"]
        switch self {
        case .invalidRequest, .invalidGrant, .unauthorizedClient, .unsupportedGrantType, .invalidScope,
            .invalidTarget, .authorizationPending, .slowDown, .accessDenied, .expiredToken:
            break
        case .invalidClient, .unknownClient:
            headers["WWW-Authenticate"] = "Basic realm=\"Jeton\", charset=\"UTF-8\""
        case .tooManyFailures, .tooManyRequests: headers["Retry-After"] = "60"
        case .starting, .ledger, .unavailable: headers["Retry-After"] = "5"
        case .stale: headers["Retry-After"] = "1"
        }
        return Response(status: status, .json, body.text + "\n", headers: headers)
    }

    /// The answer to what the handler of an OAuth endpoint threw. A failure of the ledger goes to the log, too.
    public static func answer(_ error: any Error, _ request: Request) throws -> Response {
        guard let fault = error as? OAuthFault else { throw error }
        if case .ledger(let error) = fault { throw Failure(fault.response, reason: error.description) }
        return fault.response
    }
}
