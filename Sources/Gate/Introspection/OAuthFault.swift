import HTTPServer
import JSON
import Ledger
import Tokens

/// Why an OAuth endpoint does not answer what it was asked (RFC 6749, section 5.2).
enum OAuthFault: Error {
    /// The request itself is wrong; the sentence says how.
    case invalidRequest(String)
    /// No such service, not its secret, or none where one is needed.
    case invalidClient
    /// Too many different wrong secrets came from this address.
    case tooManyFailures
    /// It cannot be told yet what the token is.
    case starting
    /// A revocation was not written; the token still works.
    case ledger(LedgerError)
    /// This node may not know of every revocation.
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

    /// For people; printable ASCII without quotes, as the RFC has it.
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

    /// What was sent as the token holds one, or was one, and is none as it stands.
    static func notWhole(_ likeness: TokenLikeness, desk: String) -> OAuthFault {
        .invalidRequest(likeness.denial.sentence(service: "", access: .write, desk: desk))
    }

    /// The fault where this node cannot say whether a token is active; `nil` for a denial that says it is not.
    static func temporarilyUnavailable(_ denial: Denial) -> OAuthFault? {
        switch denial {
        case .starting: .starting
        case .stale: .stale
        default: nil
        }
    }

    /// The answer that tells it.
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
