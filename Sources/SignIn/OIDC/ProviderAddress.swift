import Tokens

/// An address, from the provider or the operator, that secrets may be sent to: https, or http on this
/// machine.
public struct ProviderAddress: Hashable, Sendable {
    /// The address as given.
    public let text: String
    /// The host, with a port where it has one.
    public let host: String

    /// Returns `nil` unless `text` is an absolute address in printable ASCII, without user and fragment.
    public init?(_ text: String) {
        guard text.utf8.count <= 2048, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
            !text.contains("#"), !text.contains("\\"),
            let scheme = ["https://", "http://"].first(where: text.hasPrefix)
        else { return nil }
        let host = text.dropFirst(scheme.count).prefix { $0 != "/" && $0 != "?" }
        guard !host.isEmpty, !host.contains("@"), scheme == "https://" || Self.isLoopback(host) else {
            return nil
        }
        self.text = text
        self.host = String(host)
    }

    /// The address of an issuer's discovery document (OpenID Connect Discovery 1.0, section 4).
    public static func discovery(of issuer: String) -> String {
        issuer.withoutLastSlash + "/.well-known/openid-configuration"
    }

    private static func isLoopback(_ host: Substring) -> Bool {
        let name = host.hasPrefix("[") ? host.prefix { $0 != "]" } + "]" : host.prefix { $0 != ":" }
        return ["localhost", "127.0.0.1", "[::1]"].contains(name)
    }

    /// The address with more parameters in its query.
    func with(_ items: [(name: String, value: String)]) -> String {
        text + (text.contains("?") ? "&" : "?") + Self.form(items)
    }

    /// Parameters as a form and a query carry them (`application/x-www-form-urlencoded`).
    static func form(_ items: [(name: String, value: String)]) -> String {
        items.map { "\($0.name.percentEncoded)=\($0.value.percentEncoded)" }.joined(separator: "&")
    }
}
