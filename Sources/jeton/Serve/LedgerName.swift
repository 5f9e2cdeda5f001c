import DeskAPI
import HTTPClient
import HTTPServer
import JSON
import Ledger

/// Which ledger a server holds, as it tells the command line on the data folder's socket.
enum LedgerName: Hashable, Sendable, CustomStringConvertible {
    /// The SQLite file of that identity.
    case file(String)
    /// A PostgreSQL database.
    case database

    /// `sqlite DEVICE:INODE`, or `postgresql`.
    var description: String {
        switch self {
        case .file(let identity): "sqlite \(identity)"
        case .database: "postgresql"
        }
    }

    private static let path = "\(AdminAPI.base)/ledger"

    /// Adds the route that tells it; `file` is `nil` for a database.
    static func route(of file: FileIdentity?, to router: inout Router) {
        let name = file.map { LedgerName.file("\($0)") } ?? .database
        router.on("GET", path) { _ in
            Response(status: 200, .json, JSONValue.object(["ledger": .string("\(name)")]).text + "\n")
        }
    }

    /// What a server said that was asked for it.
    enum Answer: Hashable, Sendable {
        /// It holds the ledger that was asked for.
        case same
        /// It holds another one.
        case other
        /// It is of a version that does not tell.
        case untold
    }

    /// Asks the server at `socket` whether it holds this ledger.
    func ask(at socket: String) async throws(HTTPClientError) -> Answer {
        let answer = try await HTTPClient().send(
            "GET", "http://localhost\(Self.path)", unixSocket: socket, timeout: 5_000)
        guard answer.status == 200 else { return .untold }
        let told = (try? JSONValue(parsing: answer.body))?["ledger"]?.string
        return told == description ? .same : .other
    }
}
