import CGnuTLS
public import Tokens

/// A server's certificate chain with its private key.
///
/// `@unchecked Sendable` is true because nothing changes after `init`, and GnuTLS can use one key in many sessions at a
/// time.
public final class TLSIdentity: @unchecked Sendable {
    /// The earliest expiry in the chain.
    public let expires: Timestamp
    /// The start of the server certificate's validity.
    public let begins: Timestamp

    private let chain: UnsafeMutableBufferPointer<gnutls_pcert_st>
    private let key: gnutls_privkey_t
    private let leaf: gnutls_x509_crt_t?

    /// Reads a chain, with the server certificate first, and its key, both in PEM (RFC 7468).
    public init(certificate: [UInt8], key: [UInt8]) throws(TLSFault) {
        var certificates = try Self.certificates(in: certificate)
        var leaf: gnutls_x509_crt_t?
        defer {
            for certificate in certificates where certificate != leaf { gnutls_x509_crt_deinit(certificate) }
        }
        self.key = try Self.privateKey(in: key)
        guard Self.belong(certificates[0], self.key) else {
            gnutls_privkey_deinit(self.key)
            throw .mismatch
        }
        let ends = certificates.map { Int64(gnutls_x509_crt_get_expiration_time($0)) }
        expires = Timestamp(seconds: ends.min() ?? 0)
        begins = Timestamp(seconds: Int64(gnutls_x509_crt_get_activation_time(certificates[0])))

        var count = UInt32(certificates.count)
        chain = .allocate(capacity: certificates.count)
        // Sorts the chain and leaves out certificates that do not belong to it.
        let code = gnutls_pcert_import_x509_list(
            chain.baseAddress, &certificates, &count, UInt32(GNUTLS_X509_CRT_LIST_SORT.rawValue))
        guard code == 0, count == certificates.count else {
            if code == 0 {
                for index in 0..<Int(count) { gnutls_pcert_deinit(chain.baseAddress.map { $0 + index }) }
            }
            chain.deallocate()
            gnutls_privkey_deinit(self.key)
            throw .noChain
        }
        leaf = certificates[0]
        self.leaf = certificates[0]
    }

    deinit {
        for index in chain.indices { gnutls_pcert_deinit(chain.baseAddress.map { $0 + index }) }
        chain.deallocate()
        gnutls_privkey_deinit(key)
        gnutls_x509_crt_deinit(leaf)
    }

    /// Whether the certificate is valid for a host name or address (RFC 6125, RFC 2818).
    public func covers(host: String) -> Bool {
        gnutls_x509_crt_check_hostname(leaf, host) != 0
    }

    /// Passes the chain and key to a handshake, which must not outlive `self`.
    func present(
        _ certificates: UnsafeMutablePointer<UnsafeMutablePointer<gnutls_pcert_st>?>,
        _ count: UnsafeMutablePointer<UInt32>, _ privateKey: UnsafeMutablePointer<gnutls_privkey_t?>
    ) {
        certificates.pointee = chain.baseAddress
        count.pointee = UInt32(chain.count)
        privateKey.pointee = key
    }
}

extension TLSIdentity {
    private static func certificates(in pem: [UInt8]) throws(TLSFault) -> [gnutls_x509_crt_t?] {
        var list: UnsafeMutablePointer<gnutls_x509_crt_t?>?
        var count: UInt32 = 0
        let code = withDatum(pem) { gnutls_x509_crt_list_import2(&list, &count, $0, GNUTLS_X509_FMT_PEM, 0) }
        defer { jeton_tls_free(list) }
        guard code >= 0, let list, count > 0 else { throw .notACertificate }
        return Array(UnsafeBufferPointer(start: list, count: Int(count)))
    }

    private static func privateKey(in pem: [UInt8]) throws(TLSFault) -> gnutls_privkey_t {
        var key: gnutls_privkey_t?
        guard gnutls_privkey_init(&key) == 0, let key else { throw .notAKey }
        let code = withDatum(pem) { gnutls_privkey_import_x509_raw(key, $0, GNUTLS_X509_FMT_PEM, nil, 0) }
        guard code == 0 else {
            gnutls_privkey_deinit(key)
            let isEncrypted = pem.firstRange(of: Array("ENCRYPTED".utf8)) != nil
            throw isEncrypted ? .encryptedKey : .notAKey
        }
        let kind = gnutls_pk_algorithm_t(UInt32(gnutls_privkey_get_pk_algorithm(key, nil)))
        // The kinds that TLS 1.2 and 1.3 sign with.
        guard [GNUTLS_PK_RSA, GNUTLS_PK_RSA_PSS, GNUTLS_PK_ECDSA, GNUTLS_PK_EDDSA_ED25519].contains(kind)
        else {
            gnutls_privkey_deinit(key)
            throw .unusableKey
        }
        return key
    }

    private static func belong(_ certificate: gnutls_x509_crt_t?, _ key: gnutls_privkey_t) -> Bool {
        var publicKey: gnutls_pubkey_t?
        guard gnutls_pubkey_init(&publicKey) == 0 else { return false }
        defer { gnutls_pubkey_deinit(publicKey) }
        guard gnutls_pubkey_import_privkey(publicKey, key, 0, 0) == 0 else { return false }
        let algorithm = GNUTLS_KEYID_USE_SHA256.rawValue
        var ours = [UInt8](repeating: 0, count: 32)
        var theirs = ours
        var size = ours.count
        var sameSize = size
        guard gnutls_pubkey_get_key_id(publicKey, algorithm, &ours, &size) == 0,
            gnutls_x509_crt_get_key_id(certificate, algorithm, &theirs, &sameSize) == 0
        else { return false }
        return ours == theirs
    }

    private static func withDatum(
        _ bytes: [UInt8], _ body: (UnsafePointer<gnutls_datum_t>) -> Int32
    ) -> Int32 {
        var bytes = bytes
        return bytes.withUnsafeMutableBufferPointer { buffer in
            var datum = gnutls_datum_t(data: buffer.baseAddress, size: UInt32(buffer.count))
            return body(&datum)
        }
    }
}
