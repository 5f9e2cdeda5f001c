internal import JSON
internal import Tokens

/// Reads findings of one document after another.
struct FindingReader {
    let format: TokenFormat
    private(set) var findings: [LeakFinding] = []
    private(set) var places: [FindingPlace] = []

    init(format: TokenFormat) {
        self.format = format
    }

    mutating func read(_ document: JSONValue) throws(FindingFault) {
        switch document {
        case .array(let elements):
            for (index, element) in elements.enumerated() { try read(element, at: "[\(index)]") }
        case .object(let members):
            if let runs = members["runs"]?.array {
                try readSARIF(runs)
            } else if let results = members["results"], members["plugins_used"] != nil {
                try readDetectSecrets(results)
            } else if let found = members["findings"]?.array {
                for (index, element) in found.enumerated() { try read(element, at: "findings[\(index)]") }
            } else if Self.isFinding(document) {
                try read(document, at: "the object")
            } else if findings.isEmpty && places.isEmpty {
                throw .unknownForm
            }
        default: throw .unknownForm
        }
    }

    private static func isFinding(_ value: JSONValue) -> Bool {
        ["token", "secret", "Secret", "Raw", "finding"].contains { value[$0] != nil }
    }

    // MARK: One finding

    private mutating func read(_ value: JSONValue, at place: String) throws(FindingFault) {
        guard case .object = value else {
            throw .badMember(place: place, reason: "must be an object, but is \(value.kind)")
        }
        if value["Secret"] != nil || value["RuleID"] != nil {
            try add(texts(["Secret", "Match"], of: value, place), at: Self.gitleaksPlace(value), "gitleaks")
        } else if value["Raw"] != nil, value["SourceMetadata"] != nil {
            try add(
                texts(["Raw", "RawV2"], of: value, place), at: Self.truffleHogPlace(value), "TruffleHog")
        } else if let found = value["finding"], value["rule"] != nil {
            let line = found["line"]?.integer
            try add(
                texts(["snippet"], of: found, place), at: Self.place(found["path"]?.string, line),
                "Kingfisher")
        } else {
            let secrets = try texts(["token", "secret"], of: value, place)
            let urls = try texts(["url", "location"], of: value, place)
            let sources = try texts(["source"], of: value, place)
            guard !secrets.isEmpty else { throw .badMember(place: "\(place).token", reason: "is missing") }
            try add(secrets, at: urls.first ?? "", sources.first ?? "")
        }
    }

    private mutating func add(_ texts: [String], at url: String, _ source: String) throws(FindingFault) {
        guard findings.count < FindingDocument.limit else { throw .tooMany(limit: FindingDocument.limit) }
        findings.append(LeakFinding(in: texts, at: url, source: source, format: format))
    }

    private func texts(
        _ names: [String], of value: JSONValue, _ place: String
    ) throws(FindingFault) -> [String] {
        var texts: [String] = []
        for name in names { if let text = try text(name, of: value, place) { texts.append(text) } }
        return texts
    }

    /// A text; `nil` where it is missing or null.
    private func text(_ name: String, of value: JSONValue, _ place: String) throws(FindingFault) -> String? {
        switch value[name] {
        case nil, .null?: return nil
        case .string(let text)?: return text
        case let other?:
            throw .badMember(place: "\(place).\(name)", reason: "must be a string, but is \(other.kind)")
        }
    }

    // MARK: Places

    private static func place(_ path: String?, _ line: Int64?) -> String {
        let path = path ?? ""
        return line.map { path.isEmpty ? path : "\(path):\($0)" } ?? path
    }

    private static func gitleaksPlace(_ value: JSONValue) -> String {
        if let link = value["Link"]?.string, !link.isEmpty { return link }
        let commit = value["Commit"]?.string ?? ""
        let path = place(value["File"]?.string, value["StartLine"]?.integer)
        return commit.isEmpty ? path : "\(path) in commit \(commit)"
    }

    /// The place within the one source that the metadata describe, such as `Git` or `Filesystem`.
    private static func truffleHogPlace(_ value: JSONValue) -> String {
        guard case .object(let sources)? = value["SourceMetadata"]?["Data"], let data = sources.first?.value
        else { return "" }
        if let link = data["link"]?.string, !link.isEmpty { return link }
        let path = place(data["file"]?.string, data["line"]?.integer)
        let parts = [data["repository"]?.string, path].compactMap(\.self).filter { !$0.isEmpty }
        let commit = data["commit"]?.string ?? ""
        return parts.joined(separator: " ") + (commit.isEmpty ? "" : " in commit \(commit)")
    }

    // MARK: Whole documents

    /// The results of SARIF 2.1: what a scanner found stands in a snippet or in the message.
    private mutating func readSARIF(_ runs: [JSONValue]) throws(FindingFault) {
        for run in runs {
            let tool = run["tool"]?["driver"]?["name"]?.string ?? "SARIF"
            for result in run["results"]?.array ?? [] {
                let location = result["locations"]?.array?.first?["physicalLocation"]
                let path = location?["artifactLocation"]?["uri"]?.string
                let place = Self.place(path, location?["region"]?["startLine"]?.integer)
                try add(result.allTexts, at: place, tool)
            }
        }
    }

    /// A baseline of detect-secrets, which has hashes in place of secrets.
    private mutating func readDetectSecrets(_ results: JSONValue) throws(FindingFault) {
        guard case .object(let files) = results else {
            throw .badMember(place: "results", reason: "must be an object, but is \(results.kind)")
        }
        for (path, found) in files.sorted(by: { $0.key < $1.key }) {
            for one in found.array ?? [] {
                guard places.count < FindingDocument.limit else {
                    throw .tooMany(limit: FindingDocument.limit)
                }
                places.append(FindingPlace(path: path, line: Int(one["line_number"]?.integer ?? 1)))
            }
        }
    }
}

extension JSONValue {
    /// All texts within it.
    fileprivate var allTexts: [String] {
        switch self {
        case .string(let text): [text]
        case .array(let elements): elements.flatMap(\.allTexts)
        case .object(let members): members.values.flatMap(\.allTexts)
        default: []
        }
    }
}
