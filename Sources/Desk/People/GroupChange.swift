import Ledger
import Tokens

/// Groups to add a person to, and groups to remove them from.
public struct GroupChange: Hashable, Sendable {
    public var adding: [String]
    public var removing: [String]

    public init(adding: [String], removing: [String]) {
        self.adding = adding
        self.removing = removing
    }

    /// The change from the groups `former` to exactly `groups`.
    public init(from former: [String], to groups: [String]) {
        adding = groups.filter { !former.containsExactly($0) }
        removing = former.filter { !groups.containsExactly($0) }
    }

    /// Splits what was typed at commas, without surrounding spaces, empty names and duplicates.
    public static func names(typed text: String) -> [String] {
        text.unicodeScalars.split(separator: ",").map { part in
            var part = part.drop { $0.properties.isWhitespace }
            while part.last?.properties.isWhitespace == true { part.removeLast() }
            return String(String.UnicodeScalarView(part))
        }.filter { !$0.isEmpty }.uniqued()
    }

    static let tooMany = FieldFault(
        "groups", "a person can be in at most \(GroupName.limit) groups", isWhole: true)

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

    /// The change as the detail of an event: “into a, b; out of c”.
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
