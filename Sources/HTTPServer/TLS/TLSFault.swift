/// Why a certificate or key cannot be used. The description follows the name of the file.
public enum TLSFault: Error, Hashable, Sendable, CustomStringConvertible {
    case notACertificate
    /// The certificates do not form a chain.
    case noChain
    case notAKey
    /// The key is encrypted with a password.
    case encryptedKey
    /// The key is of a kind that TLS 1.3 does not have, such as DSA.
    case unusableKey
    /// The key does not belong to the certificate.
    case mismatch

    /// Whether the key is at fault, and not the certificate.
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
