import HTTPServer
import Tokens
import YAML

/// Reads the configuration from its sources, each overriding the one before, and gathers every fault.
struct ConfigurationReader {
    private(set) var configuration = Configuration()
    private(set) var faults: [ConfigurationFault] = []
    /// Where each key's value came from, for faults that show only in the whole.
    private var places: [String: String] = [:]
    /// Keys whose value was not taken, which have their line: in the whole they only seem to be missing.
    private var refused: Set<String> = []

    /// The variables that are no keys: they say where the file and the data are.
    static let otherVariables = ["JETON_CONFIG", "JETON_DATA"]

    // MARK: The file

    /// Takes in the file's text; `path` is what faults call it.
    mutating func read(file path: String, _ text: [UInt8]) {
        do throws(YAMLFault) {
            read(try YAMLNode(parsing: text), segments: [], shownAs: [], name: nil, file: path)
        } catch {
            fault("\(path):\(error.position.line):\(error.position.column)", error.description)
        }
    }

    /// Takes in what stands at `segments`; `shownAs` is the same with the name in place of `*`.
    private mutating func read(
        _ node: YAMLNode, segments: [String], shownAs: [String], name: ServiceName?, file: String
    ) {
        let shownPath = shownAs.joined(separator: ".")
        if let key = ConfigurationKey.all.first(where: { $0.segments == segments }) {
            return read(node, of: key, shownPath, name, file: file)
        }
        if node.isNull { return }
        guard case .mapping(let entries) = node.content else {
            let keys = Self.keys(below: segments).map { $0 == "*" ? "names of your choosing" : $0 }
            let what = shownPath.isEmpty ? "expected keys" : "`\(shownPath)`: expected keys below it"
            return fault(place(file, node.position), "\(what): \(keys.joined(separator: ", "))")
        }
        for entry in entries {
            read(entry, segments: segments, shownAs: shownAs, name: name, file: file)
        }
    }

    private mutating func read(
        _ entry: YAMLNode.Entry, segments: [String], shownAs: [String], name: ServiceName?, file: String
    ) {
        let known = Self.keys(below: segments)
        let path = shownAs + [shown(entry.key)]
        if known.contains(entry.key) {
            read(entry.value, segments: segments + [entry.key], shownAs: path, name: name, file: file)
        } else if known == ["*"] {
            do throws(TextFault) {
                let name = try ServiceName(entry.key)
                configuration[name] = configuration[name]
                read(entry.value, segments: segments + ["*"], shownAs: path, name: name, file: file)
            } catch {
                fault(
                    place(file, entry.position),
                    "`\(path.joined(separator: "."))`: a service's name \(error)")
            }
        } else {
            let hint = suggestion(for: entry.key, among: known)
            fault(
                place(file, entry.position), "unknown key `\(path.joined(separator: "."))`\(hint)")
        }
    }

    private mutating func read(
        _ node: YAMLNode, of key: ConfigurationKey, _ path: String, _ name: ServiceName?, file: String
    ) {
        let place = place(file, node.position)
        switch node.content {
        case .scalar where node.isNull:
            fault(place, "`\(path)`: expected a value: leave the key out for its default")
        case .scalar(let text, _):
            set(key, name, to: key.isList ? Self.pieces(text) : [text], shownAs: path, at: place)
        case .sequence(let items) where key.isList:
            var values: [String] = []
            for item in items {
                guard case .scalar(let text, _) = item.content else {
                    return fault(self.place(file, item.position), "`\(path)`: expected a single value here")
                }
                values.append(text)
            }
            set(key, name, to: values, shownAs: path, at: place)
        case .sequence, .mapping:
            fault(place, "`\(path)`: expected \(key.isList ? "a list of values" : "a single value")")
        }
    }

    /// The keys that may stand below a path, in the order of the list.
    static func keys(below segments: [String]) -> [String] {
        var keys: [String] = []
        for key in ConfigurationKey.all where key.segments.starts(with: segments) {
            let next = key.segments[segments.count...].first
            if let next, !keys.contains(next) { keys.append(next) }
        }
        return keys
    }

    // MARK: The environment and the command line

    /// Takes in the variables that begin with `JETON_`; one that means nothing is a fault.
    mutating func read(environment: [String: String]) {
        for (variable, value) in environment.sorted(by: { $0.key < $1.key })
        where variable.hasPrefix(environmentPrefix) && !Self.otherVariables.contains(variable) {
            if let key = ConfigurationKey.all.first(where: { $0.variable == variable }) {
                set(key, nil, to: key.isList ? Self.pieces(value) : [value], shownAs: nil, at: variable)
            } else if let (key, text) = Self.named(variable) {
                do throws(TextFault) {
                    let values = key.isList ? Self.pieces(value) : [value]
                    set(key, try ServiceName(text), to: values, shownAs: nil, at: variable)
                } catch {
                    fault(variable, "a service's name \(error)")
                }
            } else {
                let known = ConfigurationKey.all.map(\.variable) + Self.otherVariables
                fault(shown(variable), "unknown variable\(suggestion(for: variable, among: known))")
            }
        }
    }

    private static func named(_ variable: String) -> (ConfigurationKey, String)? {
        for key in ConfigurationKey.all {
            if let name = key.name(in: variable) { return (key, name) }
        }
        return nil
    }

    /// Takes in a flag of the command line that sets the key of that path.
    mutating func read(flag: String, key path: String, value: String) {
        guard let key = ConfigurationKey.all.first(where: { $0.path == path }) else { return }
        set(key, nil, to: [value], shownAs: nil, at: flag)
    }

    // MARK: The whole

    /// The configuration, where nothing is wrong with it.
    mutating func finish() throws(ConfigurationFaults) -> Configuration {
        if configuration.sessionIdle > configuration.sessionAbsolute {
            let place = places["sign_in.session.idle"] ?? places["sign_in.session.absolute"] ?? ""
            fault(place, "`sign_in.session.idle` must not be longer than `sign_in.session.absolute`")
        }
        if let first = places.filter({ $0.key.hasPrefix("sign_in.oidc.") }).values.min() {
            for (key, sentence) in configuration.oidcDraft.faults {
                let path = "sign_in.oidc.\(key)"
                if !refused.contains(path) { fault(places[path] ?? first, "`\(path)` \(sentence)") }
            }
        }
        if let name = configuration.serviceWithoutSocket {
            let place = places.filter { $0.key.hasPrefix("services.\(name).saslauthd.") }.values.min() ?? ""
            fault(place, "`services.\(name).saslauthd.socket` must be given with the rest")
        }
        if let wrong = configuration.loadIdentity() {
            let place = places[wrong.key] ?? places["tls.certificate"] ?? places["tls.key"] ?? ""
            fault(place, "`\(wrong.key)` \(wrong.sentence)")
        }
        for service in configuration.services where !service.paths.isEmpty && !service.hasPlainBase {
            fault(
                places["services.\(service.name).url"] ?? "",
                "`services.\(service.name).url`: with `paths`, its path must hold no empty, `.` or `..` segment and nothing that can be read in two ways"
            )
        }
        for wrong in configuration.keyConflicts where !refused.contains(wrong.beside) {
            fault(places[wrong.key] ?? places[wrong.beside] ?? "", "`\(wrong.key)` \(wrong.sentence)")
        }
        guard faults.isEmpty else { throw ConfigurationFaults(all: faults) }
        configuration.limits.exempt = configuration.trustedProxies
        return configuration
    }

    /// Sets a key; `path` is named in the fault where the place does not name it.
    private mutating func set(
        _ key: ConfigurationKey, _ name: ServiceName?, to values: [String], shownAs path: String?,
        at place: String
    ) {
        let own = name.map { key.path.replacing("*", with: $0.text) } ?? key.path
        places[own] = place
        do throws(BadValue) {
            try key.set(&configuration, name, values)
            refused.remove(own)
        } catch {
            refused.insert(own)
            fault(place, path.map { "`\($0)`: \(error.reason)" } ?? error.reason)
        }
    }

    private mutating func fault(_ place: String, _ reason: String) {
        faults.append(ConfigurationFault(place: place, reason: reason))
    }

    private func place(_ file: String, _ position: YAMLNode.Position) -> String {
        "\(file):\(position.line):\(position.column)"
    }

    private static func pieces(_ text: String) -> [String] {
        // Not by characters: a mark that combines with a comma would hide it.
        text.unicodeScalars.split(separator: ",").map { piece in
            var piece = piece.drop { $0 == " " }
            while piece.last == " " { piece.removeLast() }
            return String(piece)
        }
    }
}
