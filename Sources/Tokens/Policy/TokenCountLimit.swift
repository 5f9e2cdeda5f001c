/// How many active tokens a person may have: `per_person` of one section.
///
/// Tokens that were exchanged for others are not counted.
public struct TokenCountLimit: Hashable, Sendable {
    /// The service whose tokens are counted; `nil` for all tokens.
    public let service: ServiceName?
    /// The most tokens, the new one among them.
    public let most: Int

    public init(service: ServiceName? = nil, most: Int) {
        self.service = service
        self.most = most
    }

    /// Whether it leaves no room for a new token beside others of these scopes.
    public func isReached(by others: [Scopes]) -> Bool { count(others) >= most }

    /// `alice has 2 active tokens for git, and at most 2 are possible (services.git.tokens.per_person): revoke one
    /// first`.
    public func sentence(for owner: Login, others: [Scopes]) -> String {
        "\(owner) has \(count(others)) active tokens\(place), and at most \(most) are possible \(key): revoke one first"
    }

    /// `at most 2 active tokens for git are possible (services.git.tokens.per_person)`.
    public var sentence: String { "at most \(most) active tokens\(place) are possible \(key)" }

    private var place: String { service.map { " for \($0)" } ?? "" }

    private var key: String { "(\(TokenPolicy.key("per_person", in: service)))" }

    private func count(_ others: [Scopes]) -> Int {
        guard let service else { return others.count }
        return others.count { $0.reach(service) }
    }
}

extension TokenPolicy {
    /// The limits for a new token of `owner` that reaches these services; none for a service account.
    public func countLimits(of owner: Subject, at services: [ServiceName]) -> [TokenCountLimit] {
        guard owner.isPerson else { return [] }
        return sections(ofAny: services).compactMap { section in
            section.rules.perPerson.map { TokenCountLimit(service: section.service, most: $0) }
        }
    }
}
