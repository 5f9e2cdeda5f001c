internal import CGnuTLS

/// Signatures of ECDSA on the curve P-256 with SHA-256, verified with GnuTLS (<https://www.gnutls.org/manual/gnutls.html>).
///
///     try ECDSASignature(der: signature).isBy(pem: key, of: body)
public struct ECDSASignature: Sendable {
    private let der: [UInt8]

    /// A signature in DER, as X.509 has it (RFC 3279, section 2.2.3).
    public init(der: [UInt8]) {
        self.der = der
    }

    /// Whether the owner of a public key signed `message`.
    ///
    /// - Parameter pem: the key in PEM, a `PUBLIC KEY` of RFC 7468. Throws ``PublicKeyFault`` where it is none of P-256.
    public func isBy(pem: [UInt8], of message: [UInt8]) throws(PublicKeyFault) -> Bool {
        var made: gnutls_pubkey_t?
        guard gnutls_pubkey_init(&made) == 0, let key = made else { throw .unreadable }
        defer { gnutls_pubkey_deinit(key) }
        guard Self.withDatum(pem, { gnutls_pubkey_import(key, $0, GNUTLS_X509_FMT_PEM) }) == 0 else {
            throw .unreadable
        }
        var bits: UInt32 = 0
        guard gnutls_pubkey_get_pk_algorithm(key, &bits) == GNUTLS_PK_ECDSA.rawValue, bits == 256 else {
            throw .notP256
        }
        let code = Self.withDatum(message) { message in
            Self.withDatum(der) { gnutls_pubkey_verify_data2(key, GNUTLS_SIGN_ECDSA_SHA256, 0, message, $0) }
        }
        return code >= 0
    }

    private static func withDatum<R>(
        _ bytes: [UInt8], _ body: (UnsafePointer<gnutls_datum_t>) -> R
    ) -> R {
        bytes.withUnsafeBufferPointer { bytes in
            var datum = gnutls_datum_t(
                data: UnsafeMutablePointer(mutating: bytes.baseAddress), size: UInt32(bytes.count))
            return body(&datum)
        }
    }
}

/// Why a public key cannot be used.
public enum PublicKeyFault: Error, Hashable, Sendable, CustomStringConvertible {
    case unreadable
    case notP256

    public var description: String {
        switch self {
        case .unreadable: "it is no public key in PEM"
        case .notP256: "it is no key of ECDSA on the curve P-256"
        }
    }
}
