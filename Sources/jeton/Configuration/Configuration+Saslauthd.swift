import Gate
import HTTPServer
import Tokens

extension Configuration {
    /// A service's socket for Cyrus SASL as far as it was written.
    struct SaslauthdDraft: Hashable, Sendable {
        var socket: String?
        var access = Access.write
        var realm: String?
        var file = LocalServer.SocketPermissions(mode: 0o660)
    }

    /// A socket at which programs ask as they would ask saslauthd.
    struct SaslauthdSocket: Sendable {
        let path: String
        let file: LocalServer.SocketPermissions
        let settings: SaslauthdGate.Settings
    }

    /// The sockets for Cyrus SASL; the sentences of refusals hold `deskAddress`.
    func saslauthdSockets(deskAddress: String) -> [SaslauthdSocket] {
        services.compactMap { service in
            let draft = self[service.name].saslauthd
            guard let path = draft.socket else { return nil }
            return SaslauthdSocket(
                path: path, file: draft.file,
                settings: SaslauthdGate.Settings(
                    service: service, access: draft.access, realm: draft.realm, deskAddress: deskAddress,
                    format: tokenFormat))
        }
    }

    /// The first service of which something is said about such a socket, but not where it is.
    var serviceWithoutSocket: ServiceName? {
        serviceDrafts.first { $0.saslauthd.socket == nil && $0.saslauthd != SaslauthdDraft() }?.name
    }
}
