import Gate
import HTTPServer
import Tokens

/// `services.NAME.saslauthd`: a socket for Cyrus SASL, as far as it was written.
struct SaslauthdSection: Hashable, Sendable {
    var socket: String?
    var access = Access.write
    var realm: String?
    var file = LocalServer.SocketPermissions(mode: 0o660)
}

/// A socket that speaks saslauthd's protocol.
struct SaslauthdSocket: Sendable {
    let path: String
    let file: LocalServer.SocketPermissions
    let settings: SaslauthdGate.Settings
}

extension ConfigurationKey {
    static let saslauthd: [ConfigurationKey] = [
        .service(
            "services.*.saslauthd.socket", .socketPath, default: "none",
            "A Unix socket that verifies tokens for programs with Cyrus SASL, in place of saslauthd: "
                + "Subversion's svnserve, OpenLDAP, Postfix. Its folder must exist."
        ) { $0.saslauthd.socket = $1 },
        .service(
            "services.*.saslauthd.access", .access, default: Access.write.rawValue,
            "The access that a token needs there. The protocol does not distinguish reads from writes."
        ) { $0.saslauthd.access = $1 },
        .service(
            "services.*.saslauthd.realm", .realm, default: "none: the part after the login's `@`",
            "The realm that the program adds to every login, as svnserve does. Logins with another realm are refused then."
        ) { $0.saslauthd.realm = $1 },
        .service(
            "services.*.saslauthd.mode", .socketMode, default: "0660",
            "The permissions of the socket. Whoever can write to it can use it."
        ) { $0.saslauthd.file.mode = $1 },
        .service(
            "services.*.saslauthd.group", .machineGroup, default: "the server's own",
            "The group that owns the socket. Jeton's user must be in it."
        ) { $0.saslauthd.file.group = $1 },
    ]
}

extension ValueParser<String> {
    fileprivate static let realm = ValueParser(
        "1 to 255 bytes", expected: "a realm of 1 to 255 bytes"
    ) { text in
        (1...255).contains(text.utf8.count) ? text : nil
    }
}

extension ValueParser<Access> {
    fileprivate static let access = ValueParser(
        "`read` or `write`", expected: "read or write", schema: .words(of: Access.self),
        read: Access.init(rawValue:))
}

extension Configuration {
    /// The sockets for Cyrus SASL. Refusals contain addresses of `desk`.
    func saslauthdSockets(desk: DeskAddress) -> [SaslauthdSocket] {
        services.compactMap { service in
            let section = self[service.name].saslauthd
            guard let path = section.socket else { return nil }
            return SaslauthdSocket(
                path: path, file: section.file,
                settings: SaslauthdGate.Settings(
                    service: service, access: section.access, realm: section.realm, desk: desk,
                    format: tokenFormat))
        }
    }

    var saslauthdConflicts: [KeyConflict] {
        serviceSections.filter { $0.saslauthd.socket == nil && $0.saslauthd != SaslauthdSection() }.map {
            KeyConflict(
                "services.\($0.name).saslauthd.socket", "is required with the other keys of `saslauthd`")
        }
    }
}
