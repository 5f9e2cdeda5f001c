import Curl
import DeskAPI
import HTTPServer
import JSON
import Ledger

/// The ledger that a server has open, as it tells the command line on the data folder's socket.
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

    /// Adds the route that returns it; `file` is `nil` for a database.
    static func route(of file: FileIdentity?, to router: inout Router) {
        let name = file.map { LedgerName.file("\($0)") } ?? .database
        router.on("GET", path) { _ in
            Response(status: 200, .json, JSONValue.object(["ledger": .string("\(name)")]).text + "\n")
        }
    }

    /// Whether a server has a given ledger open.
    enum Match: Hashable, Sendable {
        case same
        case other
        /// The server's version does not have the route.
        case unknown
    }

    /// Asks the server at `socket` whether it has this ledger open.
    func ask(at socket: String) async throws(HTTPClientError) -> Match {
        let answer = try await HTTPClient().send(
            "GET", "http://localhost\(Self.path)", unixSocket: socket, timeout: 5_000)
        guard answer.status == 200 else { return .unknown }
        let name = (try? JSONValue(parsing: answer.body))?["ledger"]?.string
        return name == description ? .same : .other
    }
}
