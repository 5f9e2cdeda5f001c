import HTTPServer
import JSON
import Ledger
import Tokens

/// An error response of an OAuth endpoint (RFC 6749, section 5.2).
enum OAuthFault: Error {
    /// With the sentence that says what is wrong.
    case invalidRequest(String)
    /// An unknown service, a wrong secret, or none at all.
    case invalidClient
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
        case .invalidRequest: 400
        case .invalidClient: 401
        case .tooManyFailures: 429
        case .starting, .ledger, .stale: 503
        }
    }

    private var error: String {
        switch self {
        case .invalidRequest: "invalid_request"
        case .invalidClient, .tooManyFailures: "invalid_client"
        case .starting, .ledger, .stale: "temporarily_unavailable"
        }
    }

    /// For people; printable ASCII without quotes, as the RFC requires.
    private var sentence: String {
        switch self {
        case .invalidRequest(let sentence): sentence
        case .invalidClient:
            "authenticate as a service: its name, and the secret in the file that services.NAME.secret_file names"
        case .tooManyFailures:
            "too many different wrong secrets came from this address: wait a minute, then try again"
        case .starting:
            "the token desk has just started and does not know all tokens yet: try again in a moment"
        case .ledger(.uncertain): "the token may have been revoked or not: revoke it again in a moment"
        case .ledger: "nothing was changed: try again in a moment"
        case .stale: "the token desk has lost touch with its database: try again in a moment"
        }
    }

    /// For a text that contains a token, or once was one, and is not a token as sent.
    static func notWhole(_ likeness: TokenLikeness, desk: String) -> OAuthFault {
        .invalidRequest(likeness.denial.sentence(service: "", access: .write, desk: desk))
    }

    /// The fault for a denial that leaves open whether the token is active; `nil` for one that decides it.
    static func temporarilyUnavailable(_ denial: Denial) -> OAuthFault? {
        switch denial {
        case .starting: .starting
        case .stale: .stale
        default: nil
        }
    }

    var response: Response {
        let body: JSONValue = ["error": .string(error), "error_description": .string(sentence)]
        var headers: Headers = ["Cache-Control": "no-store"]
        switch self {
        case .invalidRequest: break
        case .invalidClient: headers["WWW-Authenticate"] = "Basic realm=\"Jeton\", charset=\"UTF-8\""
        case .tooManyFailures: headers["Retry-After"] = "60"
        case .starting, .ledger: headers["Retry-After"] = "5"
        case .stale: headers["Retry-After"] = "1"
        }
        return Response(status: status, .json, body.text + "\n", headers: headers)
    }
}
