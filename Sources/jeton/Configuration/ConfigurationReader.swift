import HTTPServer
import Tokens
import YAML

/// Reads the configuration from its sources, each of which overrides the one before, and collects every error.
struct ConfigurationReader {
    private(set) var configuration = Configuration()
    private(set) var faults: [ConfigurationFault] = []
    /// Where each key was given, by its path, for errors that show only after everything was read.
    private var places: [String: String] = [:]
    /// Keys whose value was refused, so that they only seem to be missing.
    private var refused: Set<String> = []

    /// Variables that are not keys of the configuration.
    static let otherVariables = ["JETON_CONFIG", "JETON_DATA"]

    // MARK: The file

    /// Reads the text of a file, which errors call `path`.
    mutating func read(file path: String, _ text: [UInt8]) {
        do throws(YAMLFault) {
            read(try YAMLNode(parsing: text), segments: [], shownAs: [], name: nil, file: path)
        } catch {
            fault("\(path):\(error.position.line):\(error.position.column)", error.description)
        }
    }

    /// Reads the value at `segments`; `shownAs` has the service's name in place of `*`.
    private mutating func read(
        _ node: YAMLNode, segments: [String], shownAs: [String], name: ServiceName?, file: String
    ) {
        let shownPath = shownAs.joined(separator: ".")
        if let key = ConfigurationKey.all.first(where: { $0.segments == segments }) {
            return read(node, of: key, shownPath, name, file: file)
        }
        if node.isNull { return }
        guard case .mapping(let entries) = node.content else {
            let keys = Self.keys(below: segments).map { $0 == "*" ? "names of your choice" : $0 }
            let what = shownPath.isEmpty ? "expected keys" : "`\(shownPath)`: expected keys below it"
            return fault(place(file, node.position), "\(what): \(keys.joined(separator: ", "))")
        }
        for entry in entries {
            read(entry, segments: segments, shownAs: shownAs, name: name, file: file)
        }
    }

    private mutating func read(
        _ entry: YAMLNode.Member, segments: [String], shownAs: [String], name: ServiceName?, file: String
    ) {
        let known = Self.keys(below: segments)
        let path = shownAs + [shown(entry.key)]
        if known.contains(entry.key) {
            read(entry.value, segments: segments + [entry.key], shownAs: path, name: name, file: file)
        } else if known == ["*"] {
            do throws(TextFault) {
                let name = try ServiceName(entry.key)
                if segments == ["services"] { configuration[name] = configuration[name] }
                if segments == ["federation"] {
                    configuration.federation[named: name] = configuration.federation[named: name]
                }
                read(entry.value, segments: segments + ["*"], shownAs: path, name: name, file: file)
            } catch {
                fault(
                    place(file, entry.position),
                    "`\(path.joined(separator: "."))`: a \(Self.owner(of: segments)) name \(error)"
                )
            }
        } else {
            let hint = suggestion(for: entry.key, among: known)
            fault(
                place(file, entry.position), "unknown key `\(path.joined(separator: "."))`\(hint)")
        }
    }

    /// Whose names stand below a path, as in “a service's name”.
    private static func owner(of segments: [String]) -> String {
        switch segments {
        case ["services"]: "service's"
        case ["oauth", "clients"]: "client's"
        case ["federation"]: "issuer's"
        default: "webhook's"
        }
    }

    private mutating func read(
        _ node: YAMLNode, of key: ConfigurationKey, _ path: String, _ name: ServiceName?, file: String
    ) {
        let place = place(file, node.position)
        switch node.content {
        case .scalar where node.isNull:
            fault(place, "`\(path)`: expected a value; remove the key to use its default")
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

    /// The keys allowed below a path, in the order of the list.
    static func keys(below segments: [String]) -> [String] {
        var keys: [String] = []
        for key in ConfigurationKey.all where key.segments.starts(with: segments) {
            let next = key.segments[segments.count...].first
            if let next, !keys.contains(next) { keys.append(next) }
        }
        return keys
    }

    // MARK: The environment and the command line

    /// Reads the variables that begin with `JETON_`; an unknown one is an error.
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

    /// Reads a flag of the command line that sets the key at `path`.
    mutating func read(flag: String, key path: String, value: String) {
        guard let key = ConfigurationKey.all.first(where: { $0.path == path }) else { return }
        set(key, nil, to: [value], shownAs: nil, at: flag)
    }

    // MARK: The result

    /// The configuration. Throws every error in it.
    mutating func finish() throws(ConfigurationFaults) -> Configuration {
        let conflicts = [configuration.tls.loadIdentity()].compactMap(\.self) + configuration.keyConflicts
        for conflict in conflicts where !refused.contains(conflict.beside) {
            fault(place(of: conflict), "`\(conflict.key)` \(conflict.sentence)")
        }
        guard faults.isEmpty else { throw ConfigurationFaults(all: faults) }
        configuration.limits.exempt = configuration.trustedProxies
        return configuration
    }

    /// Where the key was given, or else the other one, or else the first key of its section.
    private func place(of conflict: KeyConflict) -> String {
        let section = conflict.key.prefix(through: conflict.key.lastIndex(of: ".") ?? conflict.key.startIndex)
        return places[conflict.key] ?? places[conflict.beside]
            ?? places.filter { $0.key.hasPrefix(section) }.values.min() ?? ""
    }

    /// Sets a key. An error contains `path`, unless `place` already names the key.
    private mutating func set(
        _ key: ConfigurationKey, _ name: ServiceName?, to values: [String], shownAs path: String?,
        at place: String
    ) {
        let own = name.map { key.path.replacing("*", with: $0.text) } ?? key.path
        places[own] = place
        configuration.given.insert(own)
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
        // By scalars: as a character, a comma with a combining mark is no comma.
        text.unicodeScalars.split(separator: ",").map { piece in
            var piece = piece.drop { $0 == " " }
            while piece.last == " " { piece.removeLast() }
            return String(piece)
        }
    }
}
