public import Tokens

/// A view of the inventory, as the pairs of a query say it, so that its address can be sent:
///
///     /admin/tokens?service=maven&used_from=2026-01-05&sort=last-use
///
/// It holds texts as they were typed. ``Inventory/query(_:limit:)`` reads them, or says what is wrong with which field.
public struct TokenFilter: Hashable, Sendable {
    /// A name in the query, in the order in which ``pairs`` has them.
    public enum Field: String, Hashable, Sendable, CaseIterable {
        /// An identifier, an address, or a part of a token's name, or of its owner's login, name or e-mail address.
        case search = "q"
        /// `active`, `paused`, `expired`, `revoked` or `all`; several may be given. Without one, `active` and `paused`.
        case state
        /// The login of the owner, whole, or their identifier.
        case owner
        /// `person` or `account`.
        case kind
        /// A service where it was used.
        case service
        /// A service where it may be used.
        case allows
        /// An address, or a range of addresses, from which it was used.
        case address
        /// A part of the name of a client with which it was used.
        case client
        /// The first and the last day of its use: dates, or moments in RFC 3339.
        case usedFrom = "used_from"
        case usedUntil = "used_until"
        /// The first and the last day of its creation: dates, or moments in RFC 3339.
        case createdFrom = "created_from"
        case createdUntil = "created_until"
        /// The name of a finding.
        case finding
        /// The order.
        case sort
        /// The cursor of a page.
        case after
    }

    /// What was typed, without spaces around it; no field is empty.
    private var texts: [Field: [String]] = [:]

    /// The view of what works or is paused, the newest first.
    public init() {}

    /// Reads the pairs of a query. Of a field that is given several times, only ``Field/state`` keeps all. Names that
    /// no field has are left alone.
    public init(_ pairs: [(name: String, value: String)]) {
        for (name, value) in pairs {
            guard let field = Field(rawValue: name), let text = Self.typed(value) else { continue }
            if field == .state {
                if texts[field]?.contains(text) != true { texts[field, default: []].append(text) }
            } else if texts[field] == nil {
                texts[field] = [text]
            }
        }
        if Set(states) == Set(Token.State.working.map(\.word)) { states = [] }
    }

    /// What was typed into a field.
    public subscript(field: Field) -> String? {
        get { texts[field]?.first }
        set { texts[field] = newValue.flatMap(Self.typed).map { [$0] } }
    }

    /// The states as they were given.
    public var states: [String] {
        get { texts[.state] ?? [] }
        set { texts[.state] = newValue.isEmpty ? nil : newValue }
    }

    /// The pairs of the query that say it.
    public var pairs: [(name: String, value: String)] {
        Field.allCases.flatMap { field in
            (texts[field] ?? []).map { (name: field.rawValue, value: $0) }
        }
    }

    /// The fields that narrow what is listed, in order.
    public var narrowing: [Field] {
        Field.allCases.filter { $0 != .sort && $0 != .after && texts[$0] != nil }
    }

    /// The same view from its first page on.
    public var fromStart: TokenFilter { without(.after) }

    /// The first page of the view without that field.
    public func without(_ field: Field) -> TokenFilter {
        var other = self
        other.texts[field] = nil
        other.texts[.after] = nil
        return other
    }

    /// The first page of the view with that field.
    public func with(_ field: Field, _ text: String) -> TokenFilter {
        var other = without(field)
        other[field] = text
        return other
    }

    /// `text` without spaces around it; `nil` where nothing is left.
    private static func typed(_ text: String) -> String? {
        let scalars = text.unicodeScalars.drop { $0.properties.isWhitespace }
        let end = scalars.lastIndex { !$0.properties.isWhitespace }
        return end.map { String(scalars[scalars.startIndex...$0]) }
    }
}

extension Token.State {
    /// What people read; in JSON it keeps the words of version 1.
    public var word: String { self == .active ? "active" : rawValue }
}
