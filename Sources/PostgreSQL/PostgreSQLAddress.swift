internal import CPostgreSQL

/// The address of a database, parsed by libpq from a `postgres://` URI
/// (<https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING>). Its description contains
/// no secrets.
public struct PostgreSQLAddress: Hashable, Sendable, CustomStringConvertible {
    private var options: [String: String]

    /// Options that an address can override. The keepalives detect a server that disappeared.
    private static let defaults = [
        "application_name": "jeton", "connect_timeout": "5", "keepalives_idle": "5",
        "keepalives_interval": "3", "keepalives_count": "3", "tcp_user_timeout": "15000",
    ]

    /// Options that no address can override. A node that read from a lagging standby would believe itself
    /// current.
    private static let always = ["client_encoding": "UTF8", "target_session_attrs": "read-write"]

    /// Parses `text`; `nil` where libpq cannot. The reason is not reported, since libpq's message may quote
    /// parts of a password.
    public init?(_ text: String) {
        guard ["postgres://", "postgresql://"].contains(where: text.hasPrefix), !text.utf8.contains(0),
            let options = Self.options(of: text)
        else { return nil }
        self.options = options
    }

    /// `postgres://user@host:port/database`, with the parts that are given.
    public var description: String {
        let user = options["user"].map { "\($0)@" } ?? ""
        let port = options["port"].map { ":\($0)" } ?? ""
        return "postgres://\(user)\(options["host"] ?? "")\(port)/\(options["dbname"] ?? "")"
    }

    public var hasPassword: Bool { password != nil }

    /// Whether it contains a password for the client's own key (`sslpassword`).
    public var hasKeyPassword: Bool { options["sslpassword"] != nil }

    var password: String? { options["password"] }

    /// The same address with another password.
    public func with(password: String) -> PostgreSQLAddress {
        var other = self
        other.options["password"] = password
        return other
    }

    /// The connection string for libpq, with the password: keywords and quoted values.
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
