import CGnuTLS
import Glibc

/// The client's side of TLS 1.2 or 1.3 on a socket, with GnuTLS (<https://www.gnutls.org/manual/>). The server's
/// certificate must be trusted and be for the host.
final class TLSSession {
    private let session: gnutls_session_t
    private let credentials: gnutls_certificate_credentials_t
    private let descriptor: Int32

    init(
        on socket: ClientSocket, host: String, _ trust: TLSTrust
    ) throws(DeliveryFault) {
        credentials = try Self.credentials(trust)
        var made: gnutls_session_t?
        // GNUTLS_CLIENT, GNUTLS_NO_SIGNAL: a closed connection must not end the process.
        guard gnutls_init(&made, UInt32(1 << 1 | 1 << 6)) >= 0, let made else {
            gnutls_certificate_free_credentials(credentials)
            throw .untrusted(reason: "GnuTLS could not be started")
        }
        session = made
        descriptor = socket.descriptor
        gnutls_priority_set_direct(session, "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2", nil)
        gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, UnsafeMutableRawPointer(credentials))
        gnutls_transport_set_int2(session, descriptor, descriptor)
        try shakeHands(host, socket)
    }

    deinit {
        gnutls_deinit(session)
        gnutls_certificate_free_credentials(credentials)
    }

    private static func credentials(
        _ trust: TLSTrust
    ) throws(DeliveryFault) -> gnutls_certificate_credentials_t {
        var made: gnutls_certificate_credentials_t?
        guard gnutls_certificate_allocate_credentials(&made) >= 0, let made else {
            throw .untrusted(reason: "GnuTLS could not be started")
        }
        var (code, path): (Int32, String) = (0, "")
        if let authorities = trust.authorities {
            (code, path) = (
                gnutls_certificate_set_x509_trust_file(made, authorities, GNUTLS_X509_FMT_PEM), authorities
            )
            // It returns how many certificates it has read.
            if code == 0 { code = GNUTLS_E_NO_CERTIFICATE_FOUND }
        } else {
            (code, path) = (gnutls_certificate_set_x509_system_trust(made), "the system's certificates")
        }
        if code >= 0, let certificate = trust.certificate {
            (code, path) = (
                gnutls_certificate_set_x509_key_file(
                    made, certificate, trust.key ?? certificate, GNUTLS_X509_FMT_PEM), certificate
            )
        }
        guard code >= 0 else {
            gnutls_certificate_free_credentials(made)
            throw .badFile(path: path, reason: reason(code))
        }
        return made
    }

    private func shakeHands(_ host: String, _ socket: ClientSocket) throws(DeliveryFault) {
        var address = in6_addr()
        let isAddress =
            inet_pton(AF_INET, host, &address) == 1 || inet_pton(AF_INET6, host, &address) == 1
        // RFC 6066, section 3: no literal addresses.
        if !isAddress { gnutls_server_name_set(session, GNUTLS_NAME_DNS, host, host.utf8.count) }
        gnutls_session_set_verify_cert(session, host, 0)
        var code: Int32 = 0
        repeat {
            try socket.limit()
            code = gnutls_handshake(session)
        } while code == GNUTLS_E_INTERRUPTED || code == GNUTLS_E_WARNING_ALERT_RECEIVED
        if code == GNUTLS_E_AGAIN { throw .timedOut }
        guard code >= 0 else { throw .untrusted(reason: verificationReason ?? Self.reason(code)) }
    }

    /// Why the server's certificate was refused, if it was.
    private var verificationReason: String? {
        let status = gnutls_session_get_verify_cert_status(session)
        guard status != 0 else { return nil }
        var text = gnutls_datum_t()
        guard gnutls_certificate_verification_status_print(status, GNUTLS_CRT_X509, &text, 0) >= 0,
            let data = text.data
        else { return nil }
        defer { jeton_tls_free(data) }
        let bytes = UnsafeBufferPointer(start: data, count: Int(text.size))
        return String(decoding: bytes, as: UTF8.self).split(separator: " ").joined(separator: " ")
    }

    func send(_ bytes: [UInt8]) throws(DeliveryFault) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                gnutls_record_send(session, buffer.baseAddress.map { $0 + sent }, buffer.count - sent)
            }
            if count == Int(GNUTLS_E_INTERRUPTED) { continue }
            if count == Int(GNUTLS_E_AGAIN) { throw .timedOut }
            guard count >= 0 else { throw .cut(reason: Self.reason(Int32(count))) }
            sent += count
        }
    }

    /// Tells the server that nothing follows (close_notify).
    func end() {
        while gnutls_bye(session, GNUTLS_SHUT_WR) == GNUTLS_E_INTERRUPTED {}
    }

    private static func reason(_ code: Int32) -> String { String(cString: gnutls_strerror(code)) }
}
