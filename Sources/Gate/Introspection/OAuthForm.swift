public import HTTPServer
import Sodium
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

/// What `Authorization: Basic` of an OAuth client, or of a service, says (RFC 6749, section 2.3.1).
public struct ClientCredentials: Sendable {
    public let name: String
    /// The possible readings of the secret: the RFC form-encodes both parts before Basic joins them, and many clients do
    /// not.
    public let secrets: [String]

    /// Reads the value of the header; `nil` where it is of another scheme, or malformed.
    public init?(basic header: String) {
        let parts = header.split(maxSplits: 1) { $0 == " " || $0 == "\t" }
        guard parts.count == 2, parts[0].lowercased() == "basic",
            let bytes = Sodium.bytes(fromBase64: Array(parts[1].utf8).span.trimmed),
            let colon = bytes.firstIndex(of: UInt8(ascii: ":"))
        else { return nil }
        let name = String(decoding: bytes[..<colon], as: UTF8.self)
        let secret = String(decoding: bytes[(colon + 1)...], as: UTF8.self)
        self.init(name: FormValues.decoded(name[...]), secrets: [secret, FormValues.decoded(secret[...])])
    }

    init(name: String, secrets: [String]) {
        self.name = name
        self.secrets = secrets
    }
}
