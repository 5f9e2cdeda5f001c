import JSON

/// What the command line calls the fields of the API that the operator's commands send: a fault is told by the
/// word that somebody typed.
enum FieldOptions {
    /// The option, or the operand in the usage line, of each field; empty where the API's sentence is whole without.
    static let all = [
        "addresses": "", "administrator": "--admin", "break_glass": "--break-glass", "email": "--email",
        "expires_at": "--expires", "groups": "", "login": "LOGIN", "name": "--name",
        "password": "the password", "path": "FILE", "scopes": "", "service": "--service",
        "since": "--since", "user": "--user",
    ]

    /// The sentence of a problem (RFC 9457) in the command line's words; `nil` where it is none.
    static func sentence(of problem: JSONValue) -> String? {
        let faults = problem["errors"]?.array ?? []
        guard !faults.isEmpty else { return problem["detail"]?.string }
        return faults.map { fault in
            let field = fault["field"]?.string ?? ""
            let word = all[field] ?? field
            return (word.isEmpty ? "" : word + " ") + (fault["detail"]?.string ?? "")
        }.joined(separator: "; ") + "."
    }
}
