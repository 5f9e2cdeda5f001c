public import Ledger
internal import SQL
internal import SQLite

extension SQLiteLedger {
    /// Stores the path of the socket on which the server with this ledger answers the command line, so that a
    /// command finds the server by the ledger, from any folder.
    ///
    /// It is written to the file itself and not only to its write-ahead log, so that ``socket(keptIn:)``
    /// finds it by any name of the file.
    public func keep(socket path: String) async throws(LedgerError) {
        try await writer.write { transaction -> Void in
            let kept = try transaction.statement("SELECT path FROM server_socket").first { $0.text(0) }
            guard kept != path else { return }
            try transaction.statement("DELETE FROM server_socket").run()
            try transaction.statement("INSERT INTO server_socket (id, path) VALUES (1, ?)").run(path)
        }
        try await writing.perform { database -> Void in
            _ = try database.integer("PRAGMA wal_checkpoint(PASSIVE)")
        }
    }

    /// The socket stored in the file at `path`; `nil` where there is none, or the file cannot be read now.
    ///
    /// It takes no lock and writes nothing. The server may have ended, or the file may be a copy: ask whoever
    /// answers which ledger it has.
    public static func socket(keptIn path: String) -> String? {
        try? Database(snapshotOf: path).text("SELECT path FROM server_socket")
    }

    /// The ID of another process that has the file at `path` open; `nil` where there is none, or it is
    /// unknown. Do not call it while this process has the file open.
    public static func user(of path: String) -> Int32? {
        guard let user = try? Database.otherUser(of: path), user > 0 else { return nil }
        return user
    }

    /// A copy has no server.
    static func forgetSocket(in copy: Database) throws {
        try copy.execute("DELETE FROM server_socket")
    }
}
