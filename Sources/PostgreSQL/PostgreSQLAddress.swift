internal import CPostgreSQL

/// Where a database is and how to reach it, as libpq reads it from a `postgres://` address
/// (<https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING>). It prints without
/// what is secret in it.
public struct PostgreSQLAddress: Hashable, Sendable, CustomStringConvertible {
    private var options: [String: String]

    /// What libpq is told where the address says nothing of it. A server that went without a word is
    /// noticed.
    private static let defaults = [
        "application_name": "jeton", "connect_timeout": "5", "keepalives_idle": "5",
        "keepalives_interval": "3", "keepalives_count": "3", "tcp_user_timeout": "15000",
    ]

    /// What no address says otherwise. Who reads a standby that is behind would believe to know everything.
    private static let always = ["client_encoding": "UTF8", "target_session_attrs": "read-write"]

    /// The address in `text`; `nil` where libpq cannot read it. Why not is not told: libpq's sentence may
    /// hold pieces of a password.
    public init?(_ text: String) {
        guard ["postgres://", "postgresql://"].contains(where: text.hasPrefix), !text.utf8.contains(0),
            let options = Self.options(of: text)
        else { return nil }
        self.options = options
    }

    /// `postgres://user@host:port/database`, as far as they are written.
    public var description: String {
        let user = options["user"].map { "\($0)@" } ?? ""
        let port = options["port"].map { ":\($0)" } ?? ""
        return "postgres://\(user)\(options["host"] ?? "")\(port)/\(options["dbname"] ?? "")"
    }

    /// Whether a password stands in it.
    public var hasPassword: Bool { password != nil }

    /// Whether a password of the client's own key stands in it (`sslpassword`).
    public var hasKeyPassword: Bool { options["sslpassword"] != nil }

    /// The password, where one is written or was given.
    var password: String? { options["password"] }

    /// The same address with that password in place of any other.
    public func with(password: String) -> PostgreSQLAddress {
        var other = self
        other.options["password"] = password
        return other
    }

    /// What libpq takes, with the password: keywords and quoted values.
    var connectionString: String {
        Self.defaults.merging(options) { $1 }.merging(Self.always) { $1 }
            .map { (name, value) in
                let quoted = value.unicodeScalars.map { $0 == "'" || $0 == "\\" ? "\\\($0)" : "\($0)" }
                    .joined()
                return "\(name)='\(quoted)'"
            }.joined(separator: " ")
    }

    private static func options(of text: String) -> [String: String]? {
        var complaint: UnsafeMutablePointer<CChar>?
        guard let first = PQconninfoParse(text, &complaint) else {
            PQfreemem(complaint)
            return nil
        }
        defer { PQconninfoFree(first) }
        var options: [String: String] = [:]
        var option = first
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { options[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        return options
    }
}
