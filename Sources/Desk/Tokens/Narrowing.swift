public import Ledger
public import Tokens

/// The scopes that would be enough for what a token was used for.
///
/// Uses tell the service and the client, not whether they read or wrote, nor the path: a narrowed token may do at each
/// service that it was used at all that it may do there now.
public struct Narrowing: Hashable, Sendable {
    /// How far back uses count.
    public static let span = TimeSpan.days(90)
    /// How old a token has to be: younger ones may not have met all that they are for.
    static let leastAge = TimeSpan.days(14)

    /// The services that it was used at and may use, in order.
    public let used: [ServiceName]
    /// The number of services that it may use.
    public let allowed: Int
    /// Whether it would lose ``DeskScope/manage``.
    public let losesManaging: Bool
    /// The scopes that are enough.
    public let scopes: Scopes

    /// `nil` where there is nothing to take away, or too little is known: the token is younger than two weeks, was not
    /// used at any service, or at too many for each to be counted.
    ///
    /// - Parameters:
    ///   - offered: the services that its owner may have tokens for.
    ///   - uses: all uses of the token within ``span`` before `now`.
    public init?(of token: Token, offered: [Service], uses: [Use], at now: Timestamp) {
        guard token.isWorking(at: now), token.exchange == nil, now - token.createdAt >= Self.leastAge else {
            return nil
        }
        let names = Set(uses.map(\.service))
        guard !names.contains("") else { return nil }
        let reachable =
            switch token.scopes {
            case .everyService: Set(offered.map(\.name))
            case .only(let scopes): Set(scopes.compactMap(\.service))
            }
        let used = reachable.filter { names.contains($0.text) }
        guard !used.isEmpty else { return nil }
        let managesUnused = token.scopes.allow(.manage) && !names.contains(ServiceName.desk)
        guard used.count < reachable.count || managesUnused else { return nil }
        self.used = used.sorted { $0.text < $1.text }
        allowed = reachable.count
        losesManaging = managesUnused
        switch token.scopes {
        case .everyService: scopes = Scopes(used.map { Scope.service($0, nil) })
        case .only(let all):
            scopes = Scopes(
                all.filter { scope in
                    scope.service.map(used.contains) ?? !(managesUnused && scope == .desk(.manage))
                })
        }
    }
}

extension TokenDesk {
    /// The scopes that would be enough for a token of `owner`; `nil` where it has no more than it uses, or too little is
    /// known.
    public func narrower(of token: Token, of owner: Subject) async throws(DeskFault) -> Narrowing? {
        let now = clock.now
        let uses = try await uses(of: token.id, since: now - Narrowing.span)
        return Narrowing(of: token, offered: services(for: owner), uses: uses, at: now)
    }

    /// Gives a token the scopes that ``narrower(of:of:)`` proposed, which can only take away.
    public func narrow(
        _ id: TokenID, of owner: Subject, to scopes: Scopes, by requester: Requester
    ) async throws(DeskFault) -> Token {
        try await edit(id, of: owner, TokenEdit(scopes: scopes.list.map(\.text)), by: requester)
    }
}
