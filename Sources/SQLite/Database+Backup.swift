internal import CSQLite

extension Database {
    /// Writes a copy of the database to a new file of mode 0600, while others read and write.
    ///
    /// The copy is written to `PATH.partial` and renamed when it is complete and on disk, so a file with the
    /// right name is always a complete backup. `finish` may change the copy before that. Needs a connection
    /// of its own, in WAL mode.
    /// - Throws: ``FileError`` or ``SQLiteError``.
    public func backup(
        to path: String, pagesAtOnce: Int32 = 256, finish: (Database) throws -> Void = { _ in }
    ) throws {
        guard !PrivateFile.exists(path) else { throw FileError(path, "the file already exists") }
        let partial = path + ".partial"
        // Left by a backup that was interrupted.
        PrivateFile.remove(partial)
        do {
            try finish(copy(to: partial, pagesAtOnce: pagesAtOnce))
            try PrivateFile.sync(partial)
            try PrivateFile.rename(partial, to: path)
        } catch {
            PrivateFile.remove(partial)
            throw error
        }
    }

    private func copy(to path: String, pagesAtOnce: Int32) throws -> Database {
        let copy = try Database(path: path, creates: true)
        // An unfinished copy is discarded, a finished one is synced as a whole.
        _ = try copy.text("PRAGMA journal_mode = OFF")
        try copy.execute("PRAGMA synchronous = OFF")
        // A backup restarts whenever another connection writes between two steps, and with enough writers
        // never ends (https://www.sqlite.org/c3ref/backup_finish.html). In a read transaction it sees one
        // moment; in WAL mode that does not block writers (https://www.sqlite.org/wal.html).
        try transaction(.read) {
            _ = try integer("SELECT count(*) FROM sqlite_schema")
            try copy.receivePages(of: self, pagesAtOnce: pagesAtOnce)
        }
        // The copied header says WAL; a file that stands alone is easier to keep.
        guard try copy.text("PRAGMA journal_mode = DELETE") == "delete" else {
            throw FileError(path, "the copy could not be completed")
        }
        return copy
    }

    private func receivePages(of source: Database, pagesAtOnce: Int32) throws(SQLiteError) {
        guard let backup = sqlite3_backup_init(handle, "main", source.handle, "main") else {
            throw SQLiteError(code: sqlite3_extended_errcode(handle), handle: handle)
        }
        var status: Int32
        repeat { status = sqlite3_backup_step(backup, pagesAtOnce) } while status == SQLITE_OK
        let finished = sqlite3_backup_finish(backup)
        guard status == SQLITE_DONE else { throw SQLiteError(code: status, handle: nil) }
        try check(finished)
    }
}
