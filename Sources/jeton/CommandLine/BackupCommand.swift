import JSON

extension Command {
    static let backup = Command(
        words: ["backup"], summary: "Write a whole copy of the ledger to a new file, while serving.",
        operands: ["FILE"], flags: [.data, .config],
        details: """
            To restore, while nothing serves, remove jeton.db-wal and jeton.db-shm from the data folder and put
            the copy in the place of jeton.db, or wherever the configuration has the ledger.
            The key (jeton.key) is not in it: without that file a new one is made, and tokens work on.
            """
    ) { (arguments, environment) throws(CommandFailure) in
        // The server's own folder may be another.
        let path = Files.absolute(arguments.operands[0])
        _ = try await Administration(context: CommandContext(arguments, environment)).send(
            "POST", "/backup", ["path": .string(path)])
        // A service may have been given a /tmp of its own, and the copy would be in there.
        guard Files.exists(path) else {
            throw .failed(
                "the server has written \(path), but in a folder that it alone sees: name one that both see, "
                    + "such as /var/backups/jeton, and restart the server to be rid of that copy")
        }
        try environment.confirm("written \(path)\n")
    }
}
