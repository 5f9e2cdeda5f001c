import HTTPServer
import Tokens

/// The parameters of a request to an OAuth endpoint, held to RFC 6749, section 3.2: a form, nothing
/// twice, and what has no value counts as left out.
struct OAuthForm {
    private let values: FormValues

    /// The body's parameters; the address's own query is never read.
    init(_ request: Request) throws(OAuthFault) {
        guard request.isForm else {
            throw .invalidRequest("send the parameters as application/x-www-form-urlencoded")
        }
        values = request.form
        guard !values.repeatsNames else { throw .invalidRequest("a parameter stands more than once") }
    }

    /// The value of that parameter.
    subscript(_ name: String) -> String? {
        guard let value = values[name], !value.isEmpty else { return nil }
        return value
    }

    /// The token that is asked about. There is one kind, so `token_type_hint` tells nothing.
    func credential(_ format: TokenFormat) throws(OAuthFault) -> Credential {
        guard let token = self["token"] else { throw .invalidRequest("the parameter token is missing") }
        return Credential(token: Array(token.utf8).span, format: format)
    }
}
