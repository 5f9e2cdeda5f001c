public import HTTPServer
public import Tokens

/// The parameters of a request, by the rules of RFC 6749, section 3.2: a form, no parameter twice, and an empty value
/// counts as absent.
public struct OAuthForm: Sendable {
    private let values: FormValues

    /// Reads the body; the query is ignored.
    public init(_ request: Request) throws(OAuthFault) {
        guard request.isForm else {
            throw .invalidRequest("send the parameters as application/x-www-form-urlencoded")
        }
        values = request.form
        guard !values.repeatsNames else { throw .invalidRequest("a parameter is sent more than once") }
    }

    public subscript(_ name: String) -> String? {
        guard let value = values[name], !value.isEmpty else { return nil }
        return value
    }

    /// The value of a parameter that has to be there.
    public func needed(_ name: String) throws(OAuthFault) -> String {
        guard let value = self[name] else { throw .invalidRequest("the parameter \(name) is missing") }
        return value
    }

    /// The parameter `token`. There is one kind of token, so `token_type_hint` is ignored.
    public func credential(_ format: TokenFormat) throws(OAuthFault) -> Credential {
        Credential(token: Array(try needed("token").utf8).span, format: format)
    }
}
