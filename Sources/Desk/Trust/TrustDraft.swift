public import Tokens

/// A trust rule as somebody typed it.
public struct TrustDraft: Hashable, Sendable {
    public var name: String
    /// The issuer's name in the configuration, or its address.
    public var issuer: String
    /// The claims with the values that they must have.
    public var claims: [Typed]
    /// The claims with the patterns that they must fit.
    public var patterns: [Typed]
    public var scopes: [String]
    /// How long each token works; ``Tokens/TrustRule/usualLifetime`` where it is not given.
    public var lifetime: TimeSpan?
    public var expiresAt: Timestamp?

    /// A claim as somebody typed it.
    public struct Typed: Hashable, Sendable {
        public let claim: String
        public let value: String

        public init(_ claim: String, _ value: String) {
            (self.claim, self.value) = (claim, value)
        }
    }

    public init(
        name: String, issuer: String, claims: [Typed] = [], patterns: [Typed] = [], scopes: [String] = [],
        lifetime: TimeSpan? = nil, expiresAt: Timestamp? = nil
    ) {
        self.name = name
        self.issuer = issuer
        self.claims = claims
        self.patterns = patterns
        self.scopes = scopes
        self.lifetime = lifetime
        self.expiresAt = expiresAt
    }
}

/// Parses what is peculiar to a ``TrustDraft``, and collects the faults of all its fields.
struct TrustCheck {
    private(set) var found = FieldFaults()

    /// The issuer of that name or address; a fault where there is none.
    mutating func issuer(
        _ text: String, among issuers: [(name: String, issuer: String, kind: IssuerKind)]
    ) -> (name: String, issuer: String, kind: IssuerKind)? {
        if let issuer = issuers.first(where: { $0.name.isExactly(text) || $0.issuer.isExactly(text) }) {
            return issuer
        }
        found.add(
            "issuer",
            issuers.isEmpty
                ? "is not possible: the operator names issuers in the configuration (federation)"
                : "must be one of \(issuers.map(\.name).words(first: 20)), as the configuration names them")
        return nil
    }

    mutating func claims(_ draft: TrustDraft, of kind: IssuerKind?) -> [ClaimMatch] {
        var matches: [ClaimMatch] = []
        for (typed, isPattern) in draft.claims.map({ ($0, false) }) + draft.patterns.map({ ($0, true) }) {
            do throws(ClaimMatchFault) {
                matches.append(try ClaimMatch(typed.claim, value: typed.value, isPattern: isPattern))
            } catch {
                found.add("claims", error.description, isWhole: true)
            }
        }
        if matches.count > TrustRule.claimLimit {
            found.add("claims", "at most \(TrustRule.claimLimit) claims are possible", isWhole: true)
        }
        let names = matches.map { "\($0.isPattern)\($0.claim)" }
        if Set(names).count < names.count {
            found.add(
                "claims", "a claim is there twice: it has one value, and one pattern beside it", isWhole: true
            )
        }
        if draft.claims.isEmpty, draft.patterns.isEmpty {
            found.add("claims", "must be given: a rule without claims would match everybody at the issuer")
        }
        let immutable = kind?.immutableClaims ?? []
        if let kind, !immutable.isEmpty,
            !matches.contains(where: { !$0.isPattern && immutable.contains($0.claim) })
        {
            found.add(
                "claims",
                "match \(immutable.joined(separator: " or ")) exactly, too: a name can belong to somebody else "
                    + "one day (\(kind.immutableHint))", isWhole: true)
        }
        return matches
    }

    mutating func lifetime(_ span: TimeSpan?) -> TimeSpan {
        guard let span else { return TrustRule.usualLifetime }
        if !TrustRule.lifetimes.contains(span) {
            found.add(
                "lifetime",
                "must be between \(TrustRule.lifetimes.lowerBound.words) and \(TrustRule.lifetimes.upperBound.words)"
            )
        }
        return span
    }

    mutating func scopes(_ scopes: Scopes) {
        if scopes.isAtDesk {
            found.add("scopes", "are for services: no job gets a scope at the desk itself")
        }
    }

    mutating func end(_ end: Timestamp?, after now: Timestamp) {
        guard let end else { return }
        if end <= now {
            found.add("expires_at", "must be in the future")
        } else if end - now > TokenDesk.longestLife {
            found.add("expires_at", "must be within a hundred years: leave it out for no end")
        }
    }
}
