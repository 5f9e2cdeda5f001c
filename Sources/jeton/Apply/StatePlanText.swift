import JSON

/// A plan as a person reads it: `+` for what is added, `~` for what changes, `-` for what ends.
struct StatePlanText {
    let plan: StatePlanDocument

    /// A line for each step, with one for each of its fields.
    var steps: String {
        plan.steps.map { step in
            let sign = step["act"] == "add" ? "+" : step["act"] == "remove" ? "-" : "~"
            let how =
                step["refused"] == true
                ? "somebody who is signed in creates it" : "name a folder for its secret with --secrets-to"
            let missing = plan.isMissing(step) ? "missing: \(how)" : nil
            let end = step["act"] == "remove" && step["kind"] != "membership"
            let note = missing ?? (end ? step["kind"] == "token" ? "is revoked" : "is suspended" : "")
            let head = "\(missing == nil ? sign : "!") \(step.thing)\(note.isEmpty ? "" : ", \(note)")\n"
            let changes = step["changes"]?.array ?? []
            return head + changes.map { Self.line($0, isNew: step["act"] == "add") }.joined()
        }.joined()
    }

    /// `2 to add, 1 to change, 0 to remove; 1 token is missing`, or that there is nothing to change.
    func end(isDone: Bool) -> String {
        guard !plan.steps.isEmpty else { return "nothing to change\n" }
        let words = isDone ? ["added", "changed", "removed"] : ["to add", "to change", "to remove"]
        let counts = zip(["add", "change", "remove"], words).map { act, word in
            "\(plan.count(act)) \(word)"
        }
        let missing = plan.missing.count
        return counts.joined(separator: ", ")
            + (missing == 0 ? "\n" : "; \(missing) token\(missing == 1 ? " is" : "s are") missing\n")
    }

    /// `    purpose    “Deploys” → “Deploys the site”`.
    private static func line(_ change: JSONValue, isNew: Bool) -> String {
        let name = StateForm.name(of: change.text("field"))
        let (from, to) = (change["from"] ?? .null, change["to"] ?? .null)
        let words: String
        if !isNew, let old = from.array, let new = to.array {
            let added = new.filter { !old.contains($0) }.map { "+ \(Self.words($0))" }
            let removed = old.filter { !new.contains($0) }.map { "- \(Self.words($0))" }
            words = (added + removed).joined(separator: ", ")
        } else {
            words = isNew ? Self.words(to) : "\(Self.words(from)) → \(Self.words(to))"
        }
        let shown = PrintedTable.printable(words)
        return "    \(name)\(String(repeating: " ", count: max(1, 11 - name.count)))\(shown)\n"
    }

    private static func words(_ value: JSONValue) -> String {
        switch value {
        case .null: "none"
        case .array([]): "none"
        case .array(let elements): elements.map(words).joined(separator: ", ")
        case .bool(let truth): truth ? "yes" : "no"
        default: value.string ?? ""
        }
    }
}

extension JSONValue {
    /// What a step is about: `token nightly of bot-ci`.
    var thing: String {
        let words =
            switch self["kind"] {
            case "token": "token \(text("token")) of \(text("account"))"
            case "membership": "\(text("person")) in group \(text("group"))"
            default: "account \(text("account"))"
            }
        return PrintedTable.printable(words)
    }
}
