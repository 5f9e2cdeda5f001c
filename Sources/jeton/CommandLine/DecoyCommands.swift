import JSON
import Tokens

/// Decoys: what looks like a token and never works.
extension Command {
    private static let owner = Flag(
        name: "--user", value: "LOGIN", summary: "only those of this person or service account")
    private static let decoyID = Flag(
        name: "--id", value: "ID", summary: "the decoy, as `jeton decoy list` prints it", isRequired: true)

    static let decoyList = Command(
        words: ["decoy", "list"], summary: "List decoys, and when each was last tried.",
        flags: [owner, .data, .config],
        details: "`jeton token create --decoy` creates one."
    ) { (arguments, environment) throws(CommandFailure) in
        let administration = Administration(context: CommandContext(arguments, environment))
        let filter = arguments.value(owner).map { "?user=\(pathPiece($0))" } ?? ""
        let answer = try await administration.send("GET", "/decoys\(filter)")
        let decoys = answer["decoys"]?.array ?? []
        guard !decoys.isEmpty else {
            return .facts(.array([]), "no decoys: `jeton token create --decoy` creates one\n")
        }
        var table = PrintedTable(["DECOY", "OWNER", "NAME", "STATE", "TRIES", "LAST TRY"])
        for decoy in decoys {
            table.add([
                decoy.text("id"), decoy.text("owner"), decoy.text("name"),
                decoy["revoked_at"] == .null ? "armed" : "revoked", "\(decoy["tries"]?.integer ?? 0)",
                decoy["last_try"].map(lastUse) ?? "never",
            ])
        }
        return .facts(.array(decoys), table.text)
    }

    static let decoyRevoke = Command(
        words: ["decoy", "revoke"], summary: "Revoke a decoy: nobody is told of tries any more.",
        flags: [decoyID, .data, .config]
    ) { (arguments, environment) throws(CommandFailure) in
        let administration = Administration(context: CommandContext(arguments, environment))
        let decoy = try await administration.send(
            "DELETE", "/decoys/\(pathPiece(arguments.value(decoyID) ?? ""))")
        return .done(decoy, "revoked the decoy \(decoy.text("name"))\n")
    }

    /// Creates a decoy, for `jeton token create --decoy`.
    static func createDecoy(
        of user: String?, named name: String?, _ administration: Administration
    ) async throws(CommandFailure) -> CommandAnswer {
        let decoy = try await administration.send(
            "POST", "/decoys", ["user": .optional(user), "name": .optional(name)])
        var answer = CommandAnswer.done(decoy, decoy.text("secret") + "\n")
        answer.takeBack = { fault in
            let what = "the decoy could not be written to standard output (\(fault.reason))"
            do throws(CommandFailure) {
                _ = try await administration.send("DELETE", "/decoys/\(pathPiece(decoy.text("id")))")
                return .failed("\(what), so it was revoked: create another one")
            } catch {
                return .failed("\(what), and could not be revoked: \(error)")
            }
        }
        answer.notes = ["it is a decoy: it works nowhere, and each try is an event"]
        return answer
    }
}
