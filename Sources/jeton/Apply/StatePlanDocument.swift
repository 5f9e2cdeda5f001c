import JSON

/// A plan of the desk, with what this run can make of it.
struct StatePlanDocument: Sendable {
    let steps: [JSONValue]
    /// What somebody may not expect, as lines.
    let notes: [String]
    /// Whether there is a folder for the secrets of new tokens.
    let hasSecretFolder: Bool

    /// Whether a step would create a token whose secret would go nowhere, or that somebody else has to create.
    func isMissing(_ step: JSONValue) -> Bool {
        step["refused"] == true || !hasSecretFolder && step["kind"] == "token" && step["act"] == "add"
    }

    var missing: [JSONValue] { steps.filter(isMissing) }
    /// The steps that can be made.
    var made: [JSONValue] { steps.filter { !isMissing($0) } }

    func count(_ act: String) -> Int { made.count { $0.text("act") == act } }

    /// The plan for programs, with the secrets that were written.
    func json(isDone: Bool, secrets: [JSONValue]) -> JSONValue {
        [
            "applied": .bool(isDone), "steps": .array(made), "missing": .array(missing),
            "notes": .strings(notes), "secrets": .array(secrets),
            "summary": [
                "add": .integer(Int64(count("add"))), "change": .integer(Int64(count("change"))),
                "remove": .integer(Int64(count("remove"))), "missing": .integer(Int64(missing.count)),
            ],
        ]
    }
}
