import JSON

/// What a report or a search says of each secret that was found.
struct LeakReportText {
    /// As the desk answers, in order.
    var secrets: [JSONValue] = []
    /// The findings of the scanner, with or without secrets.
    var findings = 0
    /// The files and bytes that were searched; `nil` of a report.
    var scanned: (files: Int, bytes: Int)?

    /// The answer, with exit code ``Command/foundWorking`` where tokens that work are left as they are.
    func answer(isDry: Bool) -> CommandAnswer {
        let ours = secrets.filter { $0["token"] != nil || $0["decoy"] != nil }
        var table = PrintedTable(["TOKEN", "NAME", "OWNER", "SECRET", isDry ? "TO BE" : "DONE", "FOUND AT"])
        for secret in ours { table.add(cells(of: secret, isDry: isDry)) }
        var answer = CommandAnswer.done(
            json(isDry: isDry), (ours.isEmpty ? "" : table.text) + "\(sentence)\n")
        answer.isChange = !isDry && !ours.isEmpty
        let isLeft = ours.contains { $0["worked"] == true && (isDry || !isEnded($0)) }
        answer.code = isLeft ? Command.foundWorking : 0
        return answer
    }

    private func isEnded(_ secret: JSONValue) -> Bool { ["revoke", "pause"].contains(secret.text("act")) }

    private func cells(of secret: JSONValue, isDry: Bool) -> [String] {
        if let decoy = secret["decoy"] {
            return [decoy.text("id"), decoy.text("name"), "", "a decoy", "nothing", secret.text("url")]
        }
        let token = secret["token"] ?? .null
        let state = secret["worked"] == true ? secret.text("secret") : "no longer works"
        return [
            token.text("id"), token.text("name"), token.text("owner"), state, words(secret),
            secret.text("url"),
        ]
    }

    private func words(_ secret: JSONValue) -> String {
        switch (secret.text("act"), secret.text("secret")) {
        case ("revoke", "current"): "revoked"
        case ("pause", "current"): "paused"
        case ("revoke", _), ("pause", _): "ended"
        case ("notify", _): "reported only"
        default: "nothing"
        }
    }

    /// `3 secrets of this desk, 1 of which works, in 120 files (3 MiB); 2 others have their form.`
    private var sentence: String {
        let known = secrets.filter { $0["known"] == true }
        let working = known.count { $0["worked"] == true }
        let place = scanned.map { files, bytes in
            " in \(files) \(files == 1 ? "file" : "files") (\(Self.size(bytes)))"
        }
        let reported = scanned == nil ? " in \(findings) \(findings == 1 ? "finding" : "findings")" : ""
        let count = known.isEmpty ? "no secret" : known.count == 1 ? "1 secret" : "\(known.count) secrets"
        let works = known.isEmpty ? "" : working == 1 ? ", 1 of which worked" : ", \(working) of which worked"
        let others = secrets.count - known.count
        let rest = others == 0 ? "" : "; \(others == 1 ? "1 other has" : "\(others) others have") their form"
        return "\(count) of this desk\(works)\(place ?? reported)\(rest)"
    }

    static func size(_ bytes: Int) -> String {
        switch bytes {
        case ..<(1 << 10): "\(bytes) bytes"
        case ..<(1 << 20): "\(bytes >> 10) KiB"
        case ..<(1 << 30): "\(bytes >> 20) MiB"
        default: "\(bytes >> 30).\((bytes >> 20) % 1024 * 10 / 1024) GiB"
        }
    }

    private func json(isDry: Bool) -> JSONValue {
        var members: [String: JSONValue] = [
            "dry_run": .bool(isDry), "findings": .integer(Int64(findings)), "secrets": .array(secrets),
        ]
        if let scanned {
            members["files"] = .integer(Int64(scanned.files))
            members["bytes"] = .integer(Int64(scanned.bytes))
        }
        return .object(members)
    }
}
