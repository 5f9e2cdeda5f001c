/// An error of PostgreSQL or of the connection to it. It never contains values of rows or a password.
public struct PostgreSQLError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The SQLSTATE (<https://www.postgresql.org/docs/current/errcodes-appendix.html>); `nil` where the
    /// server gave none.
    public let sqlState: String?
    /// The message, on one line.
    public let message: String
    public let kind: Kind

    /// Errors that callers handle.
    public enum Kind: Sendable {
        /// The server cannot be reached, disappeared, or did not answer in time. The connection is unusable;
        /// whether the last command took effect is unknown.
        case connectionLost
        /// A foreign key refers to a row that does not exist.
        case foreignKey
        /// Another transaction held a lock for too long.
        case busy
        /// The server does not know a prepared statement: a pooler assigns connections for one transaction at
        /// a time.
        case unknownStatement
        case other

        init(sqlState: String) {
            self =
                switch sqlState {
                case "23503": .foreignKey
                case "55P03": .busy
                case "26000", "42P05": .unknownStatement
                // Shut down, crashed, or still starting.
                case "57P01", "57P02", "57P03", "57P05", "25P03": .connectionLost
                default: sqlState.hasPrefix("08") ? .connectionLost : .other
                }
        }
    }

    init(sqlState: String?, message: String, isLost: Bool = false) {
        self.sqlState = sqlState
        self.message = message
        kind = isLost ? .connectionLost : sqlState.map(Kind.init(sqlState:)) ?? .other
    }

    /// An error that makes the connection unusable.
    static func lost(_ message: String) -> PostgreSQLError {
        PostgreSQLError(sqlState: nil, message: message, isLost: true)
    }

    public var description: String {
        let code = sqlState.map { " (SQLSTATE \($0))" } ?? ""
        return switch kind {
        case .busy: "another transaction has kept the database locked for too long\(code)"
        default: "PostgreSQL: \(message)\(code)"
        }
    }
}
