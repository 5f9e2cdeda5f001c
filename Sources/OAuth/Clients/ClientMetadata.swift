import JSON
import Tokens

/// What a program says of itself, in the words of RFC 7591, section 2: at its own address, or when it registers.
///
/// ```json
/// { "client_name": "Example Code", "redirect_uris": ["http://127.0.0.1/callback", "https://code.example/redirect"] }
/// ```
///
/// All of it is the program's own claim. Its name is cleaned, and its logo and links are not read.
struct ClientMetadata: Hashable {
    /// `client_name`, without what cannot be seen; `nil` for none.
    let name: String?
    /// Those of `redirect_uris` that a stranger may have: https addresses, and those of the person's own machine.
    let redirectURIs: [RedirectURI]

    /// Why metadata are refused. None of them holds anything of what was read.
    enum Fault: Error, Hashable, CaseIterable {
        case notAnObject
        case noRedirectURIs
        case tooManyRedirectURIs
        /// It wants another way to authenticate than none, or has a secret.
        case authentication
        /// It wants no authorization code.
        case grants

        /// The error code of RFC 7591, section 3.2.2.
        var code: String {
            switch self {
            case .noRedirectURIs, .tooManyRedirectURIs: "invalid_redirect_uri"
            default: "invalid_client_metadata"
            }
        }

        /// Printable ASCII, without a full stop.
        var sentence: String {
            switch self {
            case .notAnObject: "the metadata are no JSON object"
            case .noRedirectURIs:
                "redirect_uris needs an https address, or one such as http://127.0.0.1/callback"
            case .tooManyRedirectURIs:
                "redirect_uris has more than \(ClientMetadata.mostRedirectURIs) addresses"
            case .authentication: "the only token_endpoint_auth_method is none, and no client_secret"
            case .grants: "grant_types needs authorization_code, and response_types needs code"
            }
        }
    }

    /// The most characters of a name.
    static let nameLimit = 60
    static let mostRedirectURIs = 30

    /// Reads the members of `json`.
    ///
    /// - Parameter takesSecrets: whether a program that wants a secret is served without one (RFC 7591, section 3.2.1,
    ///   lets the server replace what it asks for), and not refused.
    init(_ json: JSONValue, takesSecrets: Bool) throws(Fault) {
        guard case .object = json else { throw .notAnObject }
        guard takesSecrets || json["client_secret"] == nil && Self.isPublic(json) else {
            throw .authentication
        }
        guard Self.words("grant_types", in: json)?.contains("authorization_code") ?? true,
            Self.words("response_types", in: json)?.contains("code") ?? true
        else { throw .grants }
        let addresses = Self.words("redirect_uris", in: json) ?? []
        guard addresses.count <= Self.mostRedirectURIs else { throw .tooManyRedirectURIs }
        redirectURIs = addresses.compactMap(RedirectURI.init).filter { $0.isLoopback || $0.isHTTPS }
        guard !redirectURIs.isEmpty else { throw .noRedirectURIs }
        name = json["client_name"]?.string.flatMap(Self.cleaned)
    }

    private static func isPublic(_ json: JSONValue) -> Bool {
        guard let method = json["token_endpoint_auth_method"] else { return true }
        return method == "none"
    }

    /// The texts of an array; `nil` where the member is missing. Anything but an array of texts has none.
    private static func words(_ name: String, in json: JSONValue) -> [String]? {
        guard let member = json[name] else { return nil }
        let texts = member.array?.map(\.string) ?? [nil]
        return texts.contains(nil) ? [] : texts.compactMap(\.self)
    }

    /// The name without control characters, those that turn the direction of a text, and others that cannot be seen.
    static func cleaned(_ name: String) -> String? {
        let seen = name.unicodeScalars.filter { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .privateUse, .surrogate, .unassigned, .lineSeparator, .paragraphSeparator:
                false
            default: true
            }
        }
        let words = String(String.UnicodeScalarView(seen)).split(whereSeparator: \.isWhitespace)
        let short = words.joined(separator: " ").prefix(nameLimit)
        return short.isEmpty ? nil : String(short)
    }
}

extension RedirectURI {
    /// Whether the code goes to a server by https.
    var isHTTPS: Bool { text.lowercased().hasPrefix("https://") }
}
