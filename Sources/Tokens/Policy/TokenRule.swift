/// A rule that a token can break while it exists. The raw value is its key in the configuration.
public enum TokenRule: String, Hashable, Sendable, CaseIterable {
    case who
    case everyService = "every_service"
    case addresses
    case narrowed
    case maxLifetime = "max_lifetime"

    /// Its key in a section: `tokens.addresses`, or `services.maven.tokens.addresses`.
    public func key(in section: ServiceName?) -> String { TokenPolicy.key(rawValue, in: section) }
}

/// A rule of the policy that a token breaks at a service.
public struct BrokenRule: Hashable, Sendable {
    public let rule: TokenRule
    /// The service whose section has the rule; `nil` for the section of all.
    public let section: ServiceName?
    /// The moment from which the token breaks the rule: ``Timestamp/distantPast`` for what the token is, and not how
    /// old its secret is.
    public let since: Timestamp
    /// The moment from which the section's rules refuse tokens; `nil` while they only count them.
    public let enforcedFrom: Timestamp?
    /// The section, for words.
    private let maxLifetime: TimeSpan?
    private let who: TokenOwners

    init(_ rule: TokenRule, in section: ServiceName?, of rules: TokenRules, since: Timestamp = .distantPast) {
        self.rule = rule
        self.section = section
        self.since = since
        enforcedFrom = rules.enforceFrom
        maxLifetime = rules.maxLifetime
        who = rules.who
    }

    /// The moment from which the token is refused because of it; `nil` while it is only counted.
    public var refusedFrom: Timestamp? { enforcedFrom.map { max($0, since) } }

    /// `tokens.addresses`, or `services.maven.tokens.addresses`.
    public var key: String { rule.key(in: section) }
}

extension BrokenRule {
    /// The rule and what to do, in one line for the person at the other end of git or Maven.
    ///
    /// - Parameters:
    ///   - service: the service's title.
    ///   - desk: the address of My Tokens.
    ///   - form: the address of the form for a new token.
    func sentence(service: String, desk: String, form: String) -> String {
        let at = section == nil && rule != .narrowed ? "" : " at \(service)"
        let since = enforcedFrom.map { " since \(CivilDay(number: $0.day).fullWords)" } ?? ""
        switch rule {
        case .who:
            return "only \(who.words) may have tokens\(at)\(since); ask your administrator"
        case .everyService:
            return "tokens for every service are refused\(at)\(since); "
                + "narrow this one at \(desk), or create one for \(service) at \(form)"
        case .addresses:
            return "tokens\(at) must be bound to addresses\(since); "
                + "bind this one at \(desk), or create one that is at \(form)"
        case .narrowed:
            return "tokens\(at) must be limited to paths\(since); "
                + "narrow this one at \(desk), or create one that is at \(form)"
        case .maxLifetime:
            let age = maxLifetime?.longWords ?? ""
            return "secrets of tokens\(at) may be at most \(age) old\(since); rotate this token at \(desk)"
        }
    }
}
