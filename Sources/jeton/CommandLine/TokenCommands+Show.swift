import JSON
import Tokens

extension Command {
    static let tokenShow = Command(
        words: ["token", "show"], summary: "Print all that is known of a token.",
        flags: TokenChoice.flags + [.data, .config],
        details: "\(TokenChoice.details) The id may be an alias: that of an earlier secret."
    ) { (arguments, environment) throws(CommandFailure) in
        let administration = Administration(context: CommandContext(arguments, environment))
        let path = try await TokenChoice.path(arguments, administration)
        let token = try await administration.send("GET", path)
        return .facts(token, facts(of: token) + previous(of: token) + uses(of: token))
    }

    private static func facts(of token: JSONValue) -> String {
        PrintedTable.lines([
            ("id", token.text("id")), ("name", name(of: token)), ("owner", token.text("owner")),
            ("known to", formerOwner(of: token)), ("for", token.text("description")),
            ("state", state(of: token) + pauseEnd(of: token)),
            ("paused", (token["pauses"]?.array ?? []).map(pause).joined(separator: "; ")),
            ("revoked", revocation(token["revoked"] ?? .null)),
            ("scopes", scopes(of: token)), ("from", addresses(of: token)),
            ("created", utc(token, "created_at")),
            ("rotated", token["rotated_at"] == .null ? "" : utc(token, "rotated_at")),
            ("expires", expiry(of: token)), ("last used", token["last_used"].map(lastUse) ?? "never"),
        ])
    }

    /// `alice, whose token it was until 2027-01-31 08:00 UTC; rotate it before 2027-03-02 08:00 UTC`.
    private static func formerOwner(of token: JSONValue) -> String {
        guard let former = token["handed_over"], former != .null else { return "" }
        let due = former["rotation_due"] == .null ? "" : "; rotate it before \(utc(former, "rotation_due"))"
        return "\(former.text("login")), whose token it was until \(utc(former, "at"))\(due)"
    }

    /// `by owner since 2027-01-31 08:00 UTC until 2027-01-31 09:00 UTC`.
    private static func pause(_ pause: JSONValue) -> String {
        let end = pause["until"] == .null ? "somebody resumes it" : utc(pause, "until")
        return "by \(pause.text("source")) since \(utc(pause, "at")) until \(end)"
    }

    private static func utc(_ value: JSONValue, _ member: String) -> String { "\(value.moment(member)) UTC" }

    private static func revocation(_ revoked: JSONValue) -> String {
        revoked == .null ? "" : "\(utc(revoked, "at")), \(revoked.text("reason").replacing("_", with: " "))"
    }

    /// The previous secrets, each with the places that used it.
    private static func previous(of token: JSONValue) -> String {
        (token["previous_secrets"]?.array ?? []).map { secret in
            let end = secret["ends_at"] == .null ? "until it is ended" : "until \(utc(secret, "ends_at"))"
            let moved = secret["ends_when_moved"] == true ? ", or until everything has moved" : ""
            var text = "\nprevious secret \(secret.text("id")): works \(end)\(moved)\n"
            let places = secret["places"]?.array ?? []
            guard !places.isEmpty else { return text + "  nothing has used it\n" }
            var table = PrintedTable(["  MOVED", "SERVICE", "ADDRESS", "CLIENT", "PREVIOUS USED", "NEW USED"])
            for place in places {
                table.add([
                    place["moved"] == true ? "  yes" : "  no", place.text("service"), place.text("address"),
                    place.text("client"), place.moment("previous_use"), place.moment("current_use"),
                ])
            }
            text += table.text
            return text
        }.joined()
    }

    /// The uses of the last 30 days.
    private static func uses(of token: JSONValue) -> String {
        let uses = token["uses"]?.array ?? []
        guard !uses.isEmpty else { return "\nNothing has used it in the last 30 days.\n" }
        var table = PrintedTable(["SERVICE", "ADDRESS", "CLIENT", "TIMES", "LAST"])
        for use in uses {
            table.add([
                use.text("service"), use.text("address"), use.text("client"), use["count"]?.text ?? "",
                use.moment("at"),
            ])
        }
        return "\n" + table.text
    }
}
