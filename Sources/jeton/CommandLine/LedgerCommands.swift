import JSON
import Ledger
import SQLLedger

extension Command {
    static let backup = Command(
        words: ["backup"], summary: "Back up the ledger to a new file, also while the server runs.",
        operands: ["FILE"], flags: [.data, .config],
        details: """
            To restore, stop the server, remove jeton.db-wal and jeton.db-shm from the data folder, and put the
            copy in place of jeton.db, or wherever the configuration has the ledger.
            The key (jeton.key) is not part of it: without that file a new key is created, and tokens keep working.
            """
    ) { (arguments, environment) throws(CommandFailure) in
        // The server may run in another working directory.
        let path = Files.absolute(arguments.operands[0])
        _ = try await Administration(context: CommandContext(arguments, environment)).send(
            "POST", "/backup", ["path": .string(path)])
        // A service may have a /tmp of its own (`PrivateTmp`), and the copy would be there.
        guard Files.exists(path) else {
            throw .failed(
                "the server has written \(path), but to a folder that only it can see: name one that both can see, "
                    + "such as /var/backups/jeton, and restart the server to get rid of this copy")
        }
        return .done(["path": .string(path)], "backed up to \(path)\n")
    }
}

extension Command {
    private static let from = Flag(
        name: "--from", value: "sqlite:PATH", summary: "the ledger's file, which is not changed",
        isRequired: true)
    private static let to = Flag(
        name: "--to", value: "postgres://…", summary: "an empty database, written as for the key `ledger`",
        isRequired: true)
    private static let restart = Flag(
        name: "--restart", summary: "discard what an interrupted run has moved, and start over")
    private static let quiet = Flag(name: "--quiet", summary: "do not report progress")

    static let migrate = Command(
        words: ["migrate"], summary: "Move the ledger from SQLite to PostgreSQL.",
        flags: [from, to, .config, restart, quiet],
        details: """
            Moves everything: people, tokens, sessions, uses and events. Stop the server first.
            It can be interrupted at any time: run it again, and it continues where it stopped. At the end,
            everything is read back from the database and compared. No server starts on it before that.
            The database's password comes from `postgresql.password_file` (in --config, or
            JETON_POSTGRESQL_PASSWORD_FILE), PGPASSWORD or ~/.pgpass, and not from the command line, which
            everybody on the machine can read. All steps, and the way back, are in docs/operate/postgresql.md.
            """
    ) { (arguments, environment) throws(CommandFailure) in
        let path = try source(arguments.value(from) ?? "")
        let address = arguments.value(to) ?? ""
        let settings = try target(address, CommandContext(arguments, environment).configuration())
        let lock = try DataFolder(folder(of: path)).lockIfServed()
        guard lock.isFree else {
            throw .failed("a jeton process uses \(folder(of: path)): stop it, and try again")
        }
        guard let ledger = try LedgerLock.take(path) else {
            let user = SQLiteLedger.user(of: path).map { "process \($0) has" } ?? "a jeton process has"
            throw .failed("\(user) \(path) open: stop it, and try again")
        }
        try ledger.expectSafe()
        let migration = LedgerMigration(from: path, to: settings, restarts: arguments.has(restart))
        let progress = MigrationProgress(
            isQuiet: arguments.has(quiet), isTerminal: Output.isTerminal(.error),
            write: { Output.mention($0) })
        let outcome: LedgerMigration.Report
        do throws(MigrationFault) {
            outcome = try await migration.run { progress.report($0) }
        } catch {
            progress.end()
            throw .failed("from \(path) to \(settings): \(error)")
        }
        progress.end()
        withExtendedLifetime((lock, ledger)) {}
        return .done(
            document(of: outcome, from: path, to: settings), report(outcome, from: path, to: settings))
    }

    private static func folder(of path: String) -> String {
        path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    }

    private static func source(_ text: String) throws(CommandFailure) -> String {
        switch try location(text, of: from) {
        case .sqlite(let path):
            let path = Files.absolute(path)
            guard Files.exists(path) else { throw .failed("there is no ledger \(path)") }
            return path
        case .postgresql:
            throw .misused(
                "--from: a ledger can be moved from SQLite to PostgreSQL, and not back: write sqlite: and the path of "
                    + "a file")
        }
    }

    private static func target(
        _ text: String, _ configuration: Configuration
    ) throws(CommandFailure) -> PostgreSQLSettings {
        guard case .postgresql(let settings) = try location(text, of: to) else {
            throw .misused("--to: a ledger can only be moved to PostgreSQL: write postgres://…")
        }
        guard !settings.hasPassword else {
            throw .misused(
                "--to: everybody on this machine can read a password on the command line: put it in "
                    + "postgresql.password_file, PGPASSWORD or ~/.pgpass, and change it if it is in use")
        }
        guard !settings.hasKeyPassword else {
            throw .misused(
                "--to: everybody on this machine can read a key's password on the command line: use a key without "
                    + "a password for the move, which only you may read, and change the password if it is in use"
            )
        }
        return configuration.complete(settings)
    }

    private static func location(_ text: String, of flag: Flag) throws(CommandFailure) -> LedgerLocation {
        do throws(BadValue) {
            return try ValueParser.ledger.read(text)
        } catch {
            throw .misused("\(flag.name): \(error.reason)")
        }
    }

    private static func document(
        of outcome: LedgerMigration.Report, from path: String, to settings: PostgreSQLSettings
    ) -> JSONValue {
        [
            "from": .string(path), "to": .string("\(settings)"), "was_there": .bool(outcome.wasThere),
            "tables": .array(
                outcome.tables.map { table in
                    [
                        "name": .string(table.name), "rows": .integer(Int64(table.sum.count)),
                        "sha256": .string(table.sum.hex),
                    ]
                }),
        ]
    }

    private static func report(
        _ outcome: LedgerMigration.Report, from path: String, to settings: PostgreSQLSettings
    ) -> String {
        let rows = outcome.tables.map { table in
            ("  \(table.name)", "\(table.sum.count) rows, \(table.sum.hex)")
        }
        return """
            \(outcome.wasThere ? "Everything was moved by an earlier run, and is the same" : "Everything is moved and verified"):
            \(Help.aligned(rows))\
            Jeton can now start with `ledger: \(settings)`. \(path) is unchanged.

            """
    }
}
