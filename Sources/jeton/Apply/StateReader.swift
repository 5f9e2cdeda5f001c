import JSON
import YAML

/// Reads state files into the one document that the desk compares, and collects every error with its place.
///
/// ``StatePlaces`` remembers where everything stands, so that the desk's errors have places, too.
struct StateReader {
    private(set) var faults: [ConfigurationFault] = []
    private(set) var places = StatePlaces()
    private var accounts: [JSONValue] = []
    private var groups: [JSONValue] = []
    private var prune: [JSONValue] = []
    /// The file that is read.
    private var file = ""

    /// The document for the desk.
    var document: JSONValue {
        ["accounts": .array(accounts), "groups": .array(groups), "prune": .array(prune)]
    }

    /// Reads the text of a file, which errors call `name`.
    mutating func read(_ text: [UInt8], named name: String) {
        file = name
        do throws(YAMLFault) {
            let root = try YAMLNode(parsing: text)
            for entry in entries(root, of: "the file", knowing: StateForm.top) {
                switch entry.key {
                case "accounts":
                    for account in entries(entry.value, of: "`accounts`") { readAccount(account) }
                case "groups": for group in entries(entry.value, of: "`groups`") { readGroup(group) }
                default: readPrune(entry.value)
                }
            }
        } catch {
            fault(error.position, error.description)
        }
    }

    // MARK: Kinds

    private mutating func readAccount(_ entry: YAMLNode.Member) {
        let pointer = "/accounts/\(accounts.count)"
        places.note(pointer, at: place(entry.position))
        let keys = StateForm.account
        let known = keys.map(\.name) + [StateForm.tokens]
        var members: [String: JSONValue] = ["login": .string(entry.key)]
        for member in entries(entry.value, of: "`\(shown(entry.key))`", knowing: known) {
            if member.key == StateForm.tokens {
                members["tokens"] = tokens(member.value, below: pointer)
            } else if let key = keys.first(where: { $0.name == member.key }) {
                members[key.field] = value(member, key, below: pointer)
            }
        }
        accounts.append(.object(members))
    }

    private mutating func tokens(_ node: YAMLNode, below account: String) -> JSONValue {
        var tokens: [JSONValue] = []
        for entry in entries(node, of: "`tokens`") {
            let pointer = "\(account)/tokens/\(tokens.count)"
            places.note(pointer, at: place(entry.position))
            let keys = StateForm.token
            var members: [String: JSONValue] = ["name": .string(entry.key)]
            for member in entries(entry.value, of: "`\(shown(entry.key))`", knowing: keys.map(\.name)) {
                guard let key = keys.first(where: { $0.name == member.key }) else { continue }
                members[key.field] = value(member, key, below: pointer)
            }
            for key in keys where key.isRequired && members[key.field] == nil {
                fault(
                    entry.position,
                    "`\(shown(entry.key))` has no `\(key.name)`: say what it may do; [] is every service")
            }
            tokens.append(.object(members))
        }
        return .array(tokens)
    }

    private mutating func readGroup(_ entry: YAMLNode.Member) {
        let pointer = "/groups/\(groups.count)"
        places.note(pointer, at: place(entry.position))
        let key = StateForm.Key(name: entry.key, field: "members", value: .list)
        let members = value(entry, key, below: pointer) ?? []
        groups.append(["name": .string(entry.key), "members": members])
    }

    private mutating func readPrune(_ node: YAMLNode) {
        for entry in entries(node, of: "`prune`", knowing: StateForm.kinds) {
            places.note("/prune/\(entry.key)", at: place(entry.position))
            let key = StateForm.Key(name: entry.key, field: entry.key, value: .truth)
            if value(entry, key, below: "/prune") == true { prune.append(.string(entry.key)) }
        }
    }

    // MARK: Values

    /// The value of a key as the desk takes it; `nil` where it has a fault.
    private mutating func value(
        _ entry: YAMLNode.Member, _ key: StateForm.Key, below pointer: String
    ) -> JSONValue? {
        let (node, pointer) = (entry.value, "\(pointer)/\(key.field)")
        places.note(pointer, at: place(node.position))
        switch (key.value, node.content) {
        case (.list, .sequence(let items)): return list(items, of: key, at: pointer)
        case (.optionalText, .scalar) where node.isNull: return .null
        case (.truth, .scalar(let text, isPlain: true)) where ["true", "false"].contains(text):
            return .bool(text == "true")
        case (.text, .scalar(let text, _)) where !node.isNull: return .string(text)
        case (.optionalText, .scalar(let text, _)): return .string(text)
        default:
            let form =
                switch key.value {
                case .list: "a list, [] for an empty one"
                case .truth: "true or false"
                case .text, .optionalText: "a single value"
                }
            fault(node.position, "`\(shown(key.name))`: expected \(form)")
            return nil
        }
    }

    private mutating func list(_ items: [YAMLNode], of key: StateForm.Key, at pointer: String) -> JSONValue? {
        var texts: [JSONValue] = []
        for item in items {
            guard case .scalar(let text, _) = item.content, !item.isNull else {
                fault(item.position, "`\(shown(key.name))`: expected a single value here")
                return nil
            }
            places.note("\(pointer)/\(texts.count)", at: place(item.position), saying: text)
            texts.append(.string(text))
        }
        return .array(texts)
    }

    /// The entries of a mapping; none where it is null. Those whose key is not among `known` are faults.
    private mutating func entries(
        _ node: YAMLNode, of what: String, knowing known: [String]? = nil
    ) -> [YAMLNode.Member] {
        if node.isNull { return [] }
        guard case .mapping(let entries) = node.content else {
            let keys = known?.joined(separator: ", ") ?? "names of your choice"
            fault(node.position, "\(what): expected keys: \(keys)")
            return []
        }
        guard let known else { return entries }
        return entries.filter { entry in
            if known.contains(entry.key) { return true }
            fault(
                entry.position,
                "unknown key `\(shown(entry.key))`\(suggestion(for: entry.key, among: known))")
            return false
        }
    }

    private mutating func fault(_ position: YAMLNode.Position, _ reason: String) {
        faults.append(ConfigurationFault(place: place(position), reason: reason))
    }

    private func place(_ position: YAMLNode.Position) -> String {
        "\(file):\(position.line):\(position.column)"
    }
}
