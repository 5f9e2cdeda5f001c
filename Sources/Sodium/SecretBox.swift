internal import CSodium

/// Seals values that somebody else keeps for us, such as a browser in a cookie: nobody without the key
/// can read or change them (XSalsa20-Poly1305, <https://doc.libsodium.org/secret-key_cryptography/secretbox>).
public struct SecretBox: Sendable {
    private let key: [UInt8]

    /// A box for one purpose, with a key of its own that comes of `key`.
    public init(_ key: KeyedHash, purpose: String) {
        self.key = key(Array("secretbox:\(purpose)".utf8))
    }

    /// `message` under seal, in base64url.
    public func seal(_ message: [UInt8]) -> String {
        let nonce = Sodium.randomBytes(count: Int(crypto_secretbox_NONCEBYTES))
        var sealed = [UInt8](repeating: 0, count: message.count + Int(crypto_secretbox_MACBYTES))
        _ = crypto_secretbox_easy(&sealed, message, UInt64(message.count), nonce, key)
        return Sodium.base64URL(nonce + sealed)
    }

    /// What is under the seal; `nil` where it was not sealed with this key.
    public func open(_ text: String) -> [UInt8]? {
        let overhead = Int(crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES)
        guard let bytes = Sodium.bytes(fromBase64URL: text), bytes.count >= overhead else { return nil }
        let nonce = Array(bytes.prefix(Int(crypto_secretbox_NONCEBYTES)))
        let sealed = Array(bytes.dropFirst(nonce.count))
        var message = [UInt8](repeating: 0, count: bytes.count - overhead)
        guard crypto_secretbox_open_easy(&message, sealed, UInt64(sealed.count), nonce, key) == 0 else {
            return nil
        }
        return message
    }
}

extension SecretBox: Redacted {}
