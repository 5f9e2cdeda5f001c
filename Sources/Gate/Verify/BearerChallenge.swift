import HTTPServer
import Tokens

/// The second challenge of a refusal, for clients that can sign a person in (RFC 6750, section 3): it says where the
/// metadata of the service is (RFC 9728, section 5.1), and the scope to ask for.
///
/// ```text
/// WWW-Authenticate: Bearer scope="git:read", resource_metadata="https://git.example.com/.well-known/oauth-protected-resource"
/// ```
struct BearerChallenge {
    let text: String

    /// The header with the same value, for proxies that pass on only one `WWW-Authenticate`.
    static let header = "X-Jeton-Challenge"

    /// The challenge for a denial; `nil` for one that no other token would change, and for a service that offers none.
    /// `path` is the one to which a new token could be narrowed.
    init?(_ denial: Denial, at service: Service, _ access: Access, below path: ServicePath?) {
        guard service.challengesBearer, let resource = service.resource else { return nil }
        let scope = Scope.service(service.name, access, below: path).text
        var parameters: [(String, String)] = []
        if denial == .insufficientScope {
            parameters = [
                ("error", "insufficient_scope"),
                ("error_description", "a token with the scope \(scope) is needed"),
            ]
        } else if denial.status != 401 {
            return nil
        } else if denial.isOfBadToken {
            parameters = [("error", "invalid_token")]
        }
        parameters += [("scope", scope), ("resource_metadata", resource.metadataAddress)]
        text = "Bearer " + parameters.map { "\($0)=\"\($1)\"" }.joined(separator: ", ")
    }
}

extension Denial {
    /// Whether a token was presented that is bad for good (`invalid_token` in RFC 6750, section 3.1). A request without
    /// one, or with a password, gets no error.
    fileprivate var isOfBadToken: Bool {
        switch self {
        case .unknownToken, .brokenToken, .tokenInText, .revoked, .expired, .previousSecretRevoked,
            .previousSecretExpired, .wrongLogin:
            true
        default: false
        }
    }
}

extension Response {
    /// Adds the challenge after the one for Basic, and once more in Jeton's own header.
    mutating func add(_ challenge: BearerChallenge) {
        headers.add("WWW-Authenticate", challenge.text)
        headers.add(BearerChallenge.header, challenge.text)
    }
}
