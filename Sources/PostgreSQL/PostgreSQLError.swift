/// What PostgreSQL refused, or why it could not be asked, in its words. It never holds a value of a row
/// or a password.
public struct PostgreSQLError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The five characters that name the error
    /// (<https://www.postgresql.org/docs/current/errcodes-appendix.html>); `nil` where the server named none.
    public let sqlState: String?
    /// What is wrong, on one line.
    public let message: String
    /// What a caller can make of it.
    public let kind: Kind

    /// The kinds of refusal that a caller can act on.
    public enum Kind: Sendable {
        /// The server cannot be reached, or went away, or did not answer in time. The connection is of no
        /// more use; whether what was asked last was done is not known.
        case connectionLost
        /// The row that a foreign key points at is not there.
        case foreignKey
        /// A lock was held by somebody else for too long.
        case busy
        /// The server does not know a statement that was prepared on this connection: something between
        /// here and there hands out connections by the transaction.
        case unknownStatement
        /// Anything else.
        case other

        init(sqlState: String) {
            self =
                switch sqlState {
                case "23503": .foreignKey
                case "55P03": .busy
                case "26000", "42P05": .unknownStatement
                // Shut down, crashed, or not up yet.
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

    /// An error after which the connection is of no use.
    static func lost(_ message: String) -> PostgreSQLError {
        PostgreSQLError(sqlState: nil, message: message, isLost: true)
    }

    /// The message with the code, as a person reads it.
    public var description: String {
        let code = sqlState.map { " (SQLSTATE \($0))" } ?? ""
        return switch kind {
        case .busy: "somebody else has kept the database locked for too long\(code)"
        default: "PostgreSQL: \(message)\(code)"
        }
    }
}
