import CGnuTLS
import CMicroHTTPD
import Glibc
import Synchronization

/// Holds the TLS identity for new connections, which can be replaced while the server runs.
final class TLSListener: Sendable {
    private let current: Mutex<TLSIdentity>

    init(_ identity: TLSIdentity) {
        current = Mutex(identity)
    }

    var identity: TLSIdentity {
        get { current.withLock { $0 } }
        set { current.withLock { $0 = newValue } }
    }

    /// TLS 1.3 and 1.2 with forward secrecy and authenticated encryption only, as RFC 9325 recommends.
    /// https://gnutls.org/manual/html_node/Priority-Strings.html
    static let priorities = [
        "NORMAL", "-VERS-ALL", "+VERS-TLS1.3", "+VERS-TLS1.2", "-KX-ALL", "+ECDHE-ECDSA", "+ECDHE-RSA",
        "-CIPHER-ALL", "+AES-256-GCM", "+CHACHA20-POLY1305", "+AES-128-GCM", "-MAC-ALL", "+AEAD",
        "-GROUP-ALL", "+GROUP-X25519", "+GROUP-SECP256R1", "+GROUP-SECP384R1", "%SERVER_PRECEDENCE",
    ].joined(separator: ":")

    /// Calls `body` with libmicrohttpd's TLS options, `nil` for plain HTTP.
    static func withOptions<Result>(
        of listener: TLSListener?, _ body: (UnsafePointer<jeton_mhd_tls>?) -> Result
    ) -> Result {
        guard listener != nil else { return body(nil) }
        return priorities.withCString { text in
            var options = jeton_mhd_tls(
                priorities: text, retrieve: unsafeBitCast(retrieve, to: UnsafeMutableRawPointer.self))
            return body(&options)
        }
    }

    /// GnuTLS's callback to choose a certificate. libmicrohttpd sets the session's pointer to its connection.
    static let retrieve: jeton_tls_retrieve = {
        session, _, _, _, _, certificates, count, key in
        guard let handle = gnutls_session_get_ptr(session), let certificates, let count, let key,
            let connection = jeton_mhd_socket_context(OpaquePointer(handle)),
            let handshake = Unmanaged<Connection>.fromOpaque(connection).takeUnretainedValue().handshake
        else { return -1 }
        handshake.chooseIdentity().present(certificates, count, key)
        return 0
    }
}

/// The TLS handshake of a connection.
///
/// `@unchecked Sendable` is true because only the connection's own thread uses it.
final class Handshake: @unchecked Sendable {
    private let listener: TLSListener
    private let progress: UnsafeMutablePointer<jeton_tls_progress>
    /// Retained until the connection ends, because GnuTLS reads it in place.
    private var identity: TLSIdentity?

    /// `nil` if the system has no memory left.
    init?(_ listener: TLSListener, handle: OpaquePointer, socket: Int32) {
        guard let session = jeton_mhd_tls_session(handle), let progress = jeton_tls_watch(session, socket)
        else { return nil }
        self.listener = listener
        self.progress = progress
    }

    deinit {
        free(progress)
    }

    fileprivate func chooseIdentity() -> TLSIdentity {
        let chosen = identity ?? listener.identity
        identity = chosen
        return chosen
    }

    /// Why the handshake failed, for the log; `nil` if it succeeded, or if the client sent nothing, as port checks do.
    var fault: String? {
        let progress = progress.pointee
        guard !progress.finished, progress.first >= 0 else { return nil }
        // RFC 8446, section 5.1: a handshake begins with a record of type 22.
        guard progress.first == 22 else {
            let isLetter = (0x41...0x5A).contains(progress.first) || (0x61...0x7A).contains(progress.first)
            return isLetter
                ? "plain HTTP where TLS is spoken: the address begins with https://"
                : "not TLS"
        }
        guard progress.greeted else { return "the client's TLS greeting is broken, or did not come in time" }
        return identity == nil
            ? "the client offers neither TLS 1.2 nor 1.3 with a cipher that is still safe"
            : "the client did not end the handshake: it may not trust the certificate"
    }
}
