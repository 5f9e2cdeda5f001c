/// The keys of a state file, and what they are called in the API.
enum StateForm {
    enum Value {
        case text
        /// A text that null removes.
        case optionalText
        case list
        case truth
    }

    struct Key {
        let name: String
        let field: String
        let value: Value
        var isRequired = false
    }

    static let account = [
        Key(name: "title", field: "title", value: .optionalText),
        Key(name: "purpose", field: "purpose", value: .text),
        Key(name: "owners", field: "owners", value: .list),
        Key(name: "stewards", field: "stewards", value: .list),
        Key(name: "groups", field: "groups", value: .list),
        Key(name: "services", field: "services", value: .list),
        Key(name: "addresses", field: "addresses", value: .list),
        Key(name: "review", field: "review_on", value: .optionalText),
        Key(name: "suspended", field: "suspended", value: .truth),
    ]
    static let token = [
        Key(name: "scopes", field: "scopes", value: .list, isRequired: true),
        Key(name: "addresses", field: "addresses", value: .list),
        Key(name: "expires", field: "expires_at", value: .text),
    ]
    /// The key below an account that has its tokens.
    static let tokens = "tokens"
    /// The kinds below `prune`.
    static let kinds = ["accounts", "tokens", "groups"]
    /// The keys at the top.
    static let top = ["accounts", "groups", "prune"]

    /// What a field of the API is called in a file.
    static func name(of field: String) -> String {
        (account + token).first { $0.field == field }?.name ?? field
    }
}
