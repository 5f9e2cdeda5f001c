public import Sodium

/// A key that signs webhooks, in the form of Standard Webhooks: `whsec_` and base64 for HMAC-SHA256, `whsk_` and base64
/// for Ed25519.
public struct WebhookKey: Sendable {
    private enum Scheme: Sendable {
        case symmetric(HMACSHA256)
        case asymmetric(SigningKey)
    }

    private let scheme: Scheme

    /// Reads a key; `nil` where it is none. A symmetric one has 24 to 64 bytes. An asymmetric one is a seed of 32 bytes, or
    /// that with its public key.
    public init?(_ text: String) {
        func bytes(after prefix: String) -> [UInt8]? {
            guard text.hasPrefix(prefix) else { return nil }
            return Sodium.bytes(fromBase64: Array(text.utf8.dropFirst(prefix.utf8.count)).span)
        }
        if let key = bytes(after: "whsec_"), (24...64).contains(key.count) {
            scheme = .symmetric(HMACSHA256(key: key))
        } else if let key = bytes(after: "whsk_"), [32, 64].contains(key.count),
            let signing = SigningKey(seed: Array(key.prefix(32))),
            key.count == 32 || signing.publicKey == Array(key.dropFirst(32))
        {
            scheme = .asymmetric(signing)
        } else {
            return nil
        }
    }

    /// The text of a new symmetric key, of 32 random bytes.
    public static func makeText() -> String { "whsec_" + Sodium.base64(Sodium.randomBytes(count: 32)) }

    /// What receivers verify signatures with, as `whpk_` and base64; `nil` for a symmetric key.
    public var publicText: String? {
        switch scheme {
        case .symmetric: nil
        case .asymmetric(let key): "whpk_" + Sodium.base64(key.publicKey)
        }
    }

    /// The signature of a webhook, with the version of its scheme: `v1,…` or `v1a,…`.
    func sign(id: String, timestamp: Int64, body: [UInt8]) -> String {
        let signed = Array("\(id).\(timestamp).".utf8) + body
        return switch scheme {
        case .symmetric(let code): "v1,\(Sodium.base64(code(signed)))"
        case .asymmetric(let key): "v1a,\(Sodium.base64(key.sign(signed)))"
        }
    }
}

extension WebhookKey: Redacted {}
