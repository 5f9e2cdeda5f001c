public import Tokens

/// What somebody wants to change about a token, as they typed it. What is `nil` stays as it is.
public struct TokenEdit: Hashable, Sendable {
    public enum Expiry: Hashable, Sendable {
        case never
        case at(Timestamp)
    }

    public var name: String?
    /// Empty for none.
    public var description: String?
    /// Empty for every service.
    public var scopes: [String]?
    /// Empty for anywhere.
    public var addresses: [String]?
    public var expiry: Expiry?

    public init(
        name: String? = nil, description: String? = nil, scopes: [String]? = nil,
        addresses: [String]? = nil, expiry: Expiry? = nil
    ) {
        self.name = name
        self.description = description
        self.scopes = scopes
        self.addresses = addresses
        self.expiry = expiry
    }
}

/// Judges a ``TokenEdit``: what it makes of a token, or the faults of all fields at once.
///
/// A token can be renamed and bound to other addresses, but can do only less: its scopes shrink, and its expiry only
/// comes nearer.
struct TokenEditCheck {
    private let token: Token
    private var check: NewTokenCheck
    private let format: TokenFormat
    private let now: Timestamp
    private(set) var found = FieldFaults()

    /// - Parameter check: for scopes that the token does not have, which are parts of those that it has.
    init(_ token: Token, check: NewTokenCheck, format: TokenFormat, at now: Timestamp) {
        self.token = token
        self.check = check
        self.format = format
        self.now = now
    }

    /// The token after `edit`. Throws ``DeskFault/invalid(_:)``.
    mutating func apply(_ edit: TokenEdit) throws(DeskFault) -> Token {
        var changed = token
        if let text = edit.name, let name = check.name(text, format: format) { changed.name = name }
        if let text = edit.description { changed.description = description(text) }
        if let texts = edit.scopes { changed.scopes = scopes(texts) }
        if let texts = edit.addresses { changed.addresses = check.addresses(texts) }
        if let expiry = edit.expiry, let end = self.expiry(expiry), end != token.expiresAt {
            changed.expiresAt = end
            changed.expirySetAt = now
        }
        let faults = check.faults + found.all
        guard faults.isEmpty else { throw .invalid(faults) }
        return changed
    }

    private mutating func description(_ text: String) -> String {
        if format.isFound(in: text) {
            found.add("description", "must not contain a token")
            return ""
        }
        do throws(TextFault) {
            return try Token.description(from: text)
        } catch {
            found.add("description", error.description)
            return ""
        }
    }

    private mutating func scopes(_ texts: [String]) -> Scopes {
        let present = Set(token.scopes.list)
        var kept: [Scope] = []
        var parts: [String] = []
        for text in texts.prefix(Scopes.limit) {
            guard let scope = Scope(text) else {
                parts.append(text)
                continue
            }
            if present.contains(scope) {
                // Stays, also where its service is no longer configured.
                kept.append(scope)
            } else if token.scopes.covers(scope) {
                parts.append(text)
            } else {
                found.add("scopes", "can only shrink: “\(scope)” is not covered by \(covering)")
            }
        }
        // Only the parts of what it has; too many are a fault, too.
        let narrowed = check.scopes(texts.count > Scopes.limit ? texts : parts)
        if texts.isEmpty, token.scopes != .everyService {
            found.add(
                "scopes", "can only shrink: no scopes at all would mean every service\(Self.insteadMore)")
        }
        return Scopes(kept + narrowed.list)
    }

    /// The scopes that the token has, and what to do for more.
    private var covering: String {
        let list = token.scopes.list
        let names = list.map { "“\($0.text.beginning(bytes: 80))”" }.words(first: 3)
        return (list.isEmpty ? "every service" : names) + Self.insteadMore
    }

    private static let insteadMore = "; create a new token for more"

    /// The expiry; `nil` for none, and where it has a fault.
    private mutating func expiry(_ expiry: TokenEdit.Expiry) -> Timestamp? {
        switch expiry {
        case .never:
            if let end = token.expiresAt { refuseLater(than: end) }
            return nil
        case .at(let wanted):
            if let end = token.expiresAt, wanted > end {
                refuseLater(than: end)
                return nil
            }
            return wanted == token.expiresAt ? wanted : check.expiry(wanted, after: now)
        }
    }

    private mutating func refuseLater(than end: Timestamp) {
        found.add("expires_at", "can only be earlier than \(end.rfc3339): create a new token for longer")
    }
}
