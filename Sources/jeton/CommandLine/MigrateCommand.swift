import Ledger

extension Command {
    private static let from = Flag(
        name: "--from", value: "sqlite:PATH", summary: "the ledger's file, which is only read",
        isRequired: true)
    private static let to = Flag(
        name: "--to", value: "postgres://…", summary: "an empty database, as the key `ledger` names it",
        isRequired: true)
    private static let restart = Flag(
        name: "--restart", summary: "forget what an earlier run has moved that did not end, and begin anew")
    private static let quiet = Flag(name: "--quiet", summary: "do not tell how far it is")

    static let migrate = Command(
        words: ["migrate"], summary: "Move the ledger from SQLite to PostgreSQL.",
        flags: [from, to, .config, restart, quiet],
        details: """
            Everything moves as it is: people, tokens, sessions, uses, events. Stop Jeton before.
            It can be broken off at any time: run it again, and it goes on where it was. At the end all is
            read again in the new place and compared. Before that, no Jeton starts there.
            The database's password comes from `postgresql.password_file` (in --config, or
            JETON_POSTGRESQL_PASSWORD_FILE), PGPASSWORD or ~/.pgpass, and not from the command line, which
            everybody on the machine can read. The way back and all steps are in docs/operate/postgresql.md.
            """
    ) { (arguments, environment) throws(CommandFailure) in
        let path = try source(arguments.value(from) ?? "")
        let address = arguments.value(to) ?? ""
        let settings = try target(address, CommandContext(arguments, environment).configuration())
        let lock = try DataFolder(folder(of: path)).lockIfServed()
        guard lock.isFree else { throw .failed("a jeton uses \(folder(of: path)): stop it, and try again") }
        guard let ledger = try LedgerLock.take(path) else {
            let user = SQLiteLedger.user(of: path).map { "the process \($0) has" } ?? "a jeton has"
            throw .failed("\(user) \(path) open: stop Jeton, and try again")
        }
        try ledger.expectSafe()
        let move = LedgerMigration(from: path, to: settings, restarts: arguments.has(restart))
        let progress = MoveProgress(
            isQuiet: arguments.has(quiet), isTerminal: Output.isTerminal(.error),
            write: { Output.mention($0) })
        let outcome: LedgerMigration.Outcome
        do throws(MoveFault) {
            outcome = try await move.run { progress.tell($0) }
        } catch {
            progress.end()
            throw .failed("from \(path) to \(settings): \(error)")
        }
        progress.end()
        withExtendedLifetime((lock, ledger)) {}
        try environment.confirm(report(outcome, from: path, to: settings))
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
                "--from: a ledger moves from SQLite to PostgreSQL alone, there is no way back from a database: "
                    + "write sqlite: and the path of a file")
        }
    }

    private static func target(
        _ text: String, _ configuration: Configuration
    ) throws(CommandFailure) -> PostgreSQLSettings {
        guard case .postgresql(let settings) = try location(text, of: to) else {
            throw .misused("--to: a ledger moves from SQLite to PostgreSQL alone: write postgres://…")
        }
        guard !settings.hasPassword else {
            throw .misused(
                "--to: a password on the command line can be read by everybody on this machine: give it in "
                    + "postgresql.password_file, PGPASSWORD or ~/.pgpass, and change it if it is in use")
        }
        guard !settings.hasKeyPassword else {
            throw .misused(
                "--to: the password of a key on the command line can be read by everybody on this machine: take "
                    + "a key without one for the move, which only you may read, and change it if it is in use"
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

    private static func report(
        _ outcome: LedgerMigration.Outcome, from path: String, to settings: PostgreSQLSettings
    ) -> String {
        let rows = outcome.tables.map { table in
            ("  \(table.name)", "\(table.sum.count) rows, \(table.sum.hex)")
        }
        return """
            \(outcome.wasThere ? "All was moved before, and is the same" : "All was moved and verified"):
            \(Help.aligned(rows))\
            Jeton can start with `ledger: \(settings)` now. \(path) is as it was.

            """
    }
}
