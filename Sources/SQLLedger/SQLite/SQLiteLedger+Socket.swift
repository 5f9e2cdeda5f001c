public import Ledger
internal import SQL
internal import SQLite

extension SQLiteLedger {
    /// Keeps in the file where the server that holds it answers the command line, so that a command finds the
    /// server by the ledger, from whichever folder.
    ///
    /// It stands in the file itself afterwards, and not in its write-ahead log alone, so that
    /// ``socket(keptIn:)`` finds it by any name of the file.
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

    /// The socket that the file at `path` names; `nil` where it names none, or cannot be read just now.
    ///
    /// Nothing is locked or written. What it gives may be of a server that has ended, or of the file that this
    /// one is a copy of: whoever answers there has to be asked which ledger it holds.
    public static func socket(keptIn path: String) -> String? {
        try? Database(snapshotOf: path).text("SELECT path FROM server_socket")
    }

    /// The number of another process that has the file at `path` open; `nil` where none has, or it is not
    /// known. Not to be asked while this process has the file open itself.
    public static func user(of path: String) -> Int32? {
        guard let user = try? Database.otherUser(of: path), user > 0 else { return nil }
        return user
    }

    /// A copy is not where the server is.
    static func forgetSocket(in copy: Database) throws {
        try copy.execute("DELETE FROM server_socket")
    }
}
