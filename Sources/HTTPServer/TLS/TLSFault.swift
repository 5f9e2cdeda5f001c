/// Why a certificate and a key cannot be used: what follows the name of the one that is wrong.
public enum TLSFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// The text holds no certificate.
    case notACertificate
    /// The certificates do not certify one another.
    case noChain
    /// The text holds no private key.
    case notAKey
    /// The key is sealed with a password, which nobody is there to type.
    case encryptedKey
    /// The key is of a kind that TLS 1.3 does not know, such as DSA.
    case unusableKey
    /// The key is another certificate's.
    case mismatch

    /// Whether it is the key that is wrong.
    public var isOfKey: Bool {
        switch self {
        case .notACertificate, .noChain: false
        case .notAKey, .encryptedKey, .unusableKey, .mismatch: true
        }
    }

    public var description: String {
        switch self {
        case .notACertificate: "the file must hold a certificate in PEM, `-----BEGIN CERTIFICATE-----`"
        case .noChain:
            "the certificates in the file do not certify one another: put the server's own first, "
                + "then the one that signed it, and so on"
        case .notAKey: "the file must hold a private key in PEM, `-----BEGIN PRIVATE KEY-----`"
        case .encryptedKey:
            "the key is sealed with a password: write it without one (`openssl pkey -in KEY -out OPEN`)"
        case .unusableKey: "the key must be one of RSA, ECDSA or Ed25519"
        case .mismatch: "the key does not belong to the first certificate of `tls.certificate`"
        }
    }
}
