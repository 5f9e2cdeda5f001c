internal import CSodium

/// Authenticated encryption for values that a client stores, such as cookies (XSalsa20-Poly1305,
/// <https://doc.libsodium.org/secret-key_cryptography/secretbox>).
public struct SecretBox: Sendable {
    private let key: [UInt8]

    /// Derives a key for `purpose`.
    public init(_ key: KeyedHash, purpose: String) {
        self.key = key(Array("secretbox:\(purpose)".utf8))
    }

    /// Encrypts `message`, in base64url.
    public func seal(_ message: [UInt8]) -> String {
        let nonce = Sodium.randomBytes(count: Int(crypto_secretbox_NONCEBYTES))
        var sealed = [UInt8](repeating: 0, count: message.count + Int(crypto_secretbox_MACBYTES))
        _ = crypto_secretbox_easy(&sealed, message, UInt64(message.count), nonce, key)
        return Sodium.base64URL(nonce + sealed)
    }

    /// Decrypts; `nil` if `text` was not encrypted with this key and purpose.
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
