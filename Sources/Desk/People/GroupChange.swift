import Ledger
import Tokens

/// Groups that a person is to be in from now on, and others that they are not to be in any more.
public struct GroupChange: Hashable, Sendable {
    /// Those to be in.
    public var adding: [String]
    /// Those not to be in.
    public var removing: [String]

    /// A change of those parts.
    public init(adding: [String], removing: [String]) {
        self.adding = adding
        self.removing = removing
    }

    /// What leads from the groups `former` to `groups` alone.
    public init(from former: [String], to groups: [String]) {
        adding = groups.filter { !former.containsExactly($0) }
        removing = former.filter { !groups.containsExactly($0) }
    }

    /// The names that somebody typed with commas between them, each once.
    public static func names(typed text: String) -> [String] {
        text.unicodeScalars.split(separator: ",").map { part in
            var part = part.drop { $0.properties.isWhitespace }
            while part.last?.properties.isWhitespace == true { part.removeLast() }
            return String(String.UnicodeScalarView(part))
        }.filter { !$0.isEmpty }.uniqued()
    }

    /// More groups than a person may be in.
    static let tooMany = FieldFault(
        "groups", "a person can be in at most \(GroupName.limit) groups", isWhole: true)

    /// What is wrong with these names.
    static func faults(of names: [String]) -> [FieldFault] {
        var faults = FieldFaults()
        if names.count > GroupName.limit { faults.add(tooMany.field, tooMany.detail, isWhole: true) }
        for name in names where !GroupName.isTold(name) || name.unicodeScalars.isPadded {
            let shown = name.unicodeScalars.filter { $0.properties.generalCategory != .control }
            faults.add(
                "groups",
                "“\(String(String.UnicodeScalarView(shown)).beginning(bytes: 60))” is not a group name: use 1 to "
                    + "\(GroupName.byteLimit) bytes without a comma and without spaces around it",
                isWhole: true)
        }
        return faults.all
    }

    /// The change as an event tells it.
    var words: String {
        [(adding, "into "), (removing, "out of ")].filter { !$0.0.isEmpty }
            .map { $0.1 + $0.0.joined(separator: ", ") }.joined(separator: "; ").beginning(bytes: 500)
    }
}

extension String.UnicodeScalarView {
    fileprivate var isPadded: Bool {
        first?.properties.isWhitespace == true || last?.properties.isWhitespace == true
    }
}
