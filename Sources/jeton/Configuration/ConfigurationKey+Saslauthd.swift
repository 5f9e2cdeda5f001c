import HTTPServer
import Tokens

extension ConfigurationKey {
    /// The keys of a service's socket for Cyrus SASL.
    static let saslauthd: [ConfigurationKey] = [
        .service(
            "services.*.saslauthd.socket", .socketPath, default: "none",
            "The unix socket at which programs that use Cyrus SASL ask for tokens, as they would ask saslauthd: "
                + "Subversion's svnserve, OpenLDAP, Postfix. The folder must be there."
        ) { $0.saslauthd.socket = $1 },
        .service(
            "services.*.saslauthd.access", .access, default: Access.write.rawValue,
            "What a token must be good for there. The protocol does not tell a read from a write."
        ) { $0.saslauthd.access = $1 },
        .service(
            "services.*.saslauthd.realm", .realm, default: "none: what stands behind the login's `@`",
            "The realm that the program adds to every login by itself, as svnserve does. Logins with another are refused then."
        ) { $0.saslauthd.realm = $1 },
        .service(
            "services.*.saslauthd.mode", .socketMode, default: "0660",
            "The permissions of the socket's file. Who may write to it may ask."
        ) { $0.saslauthd.file.mode = $1 },
        .service(
            "services.*.saslauthd.group", .groupName, default: "the server's own",
            "The group that the socket's file belongs to. Jeton's user must be in it."
        ) { $0.saslauthd.file.group = $1 },
    ]
}

extension ValueParser<String> {
    fileprivate static let socketPath = ValueParser(
        "an absolute path", expected: "an absolute path of at most 107 bytes, such as /run/jeton/svn/mux"
    ) { text in
        text.hasPrefix("/") && text.utf8.count <= 107 && !text.utf8.contains(0) ? text : nil
    }

    fileprivate static let realm = ValueParser(
        "1 to 255 bytes", expected: "a realm of 1 to 255 bytes"
    ) { text in
        (1...255).contains(text.utf8.count) ? text : nil
    }

    fileprivate static let groupName = ValueParser(
        "a group of this machine", expected: "the name of a group of this machine"
    ) { text in
        (1...32).contains(text.utf8.count) && !text.utf8.contains(0) ? text : nil
    }
}

extension ValueParser<Access> {
    fileprivate static let access = ValueParser(
        "`read` or `write`", expected: "read or write", schema: .words(of: Access.self),
        read: Access.init(rawValue:))
}

extension ValueParser<UInt32> {
    fileprivate static let socketMode = ValueParser(
        "`0600`, `0660` or `0666`", expected: "0600, 0660 or 0666"
    ) { text in
        ["0600": 0o600, "0660": 0o660, "0666": 0o666][text]
    }
}
