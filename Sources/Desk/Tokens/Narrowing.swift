public import Ledger
public import Tokens

/// The scopes that would be enough for what a token was used for.
///
/// Uses tell the service, and whether they read or wrote, but not the path. Where it is not known of each use at a service
/// what it did, the token keeps all that it may do there.
public struct Narrowing: Hashable, Sendable {
    /// How far back uses count.
    public static let span = TimeSpan.days(90)
    /// How old a token has to be: younger ones may not have met all that they are for.
    static let leastAge = TimeSpan.days(14)

    /// The services that it was used at and may use, in order.
    public let used: [ServiceName]
    /// The number of services that it may use.
    public let allowed: Int
    /// Those of them where it only read, and may write.
    public let onlyRead: [ServiceName]
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
        guard token.isWorking(at: now), token.isLasting, now - token.createdAt >= Self.leastAge else {
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
        let onlyRead = used.filter { name in
            token.scopes.reach(name, .write)
                && uses.allSatisfy { $0.service != name.text || $0.access == .read }
        }
        let managesUnused = token.scopes.allow(.manage) && !names.contains(ServiceName.desk)
        guard used.count < reachable.count || managesUnused || !onlyRead.isEmpty else { return nil }
        self.used = used.sorted { $0.text < $1.text }
        self.onlyRead = onlyRead.sorted { $0.text < $1.text }
        allowed = reachable.count
        losesManaging = managesUnused
        switch token.scopes {
        case .everyService:
            scopes = Scopes(used.map { Scope.service($0, onlyRead.contains($0) ? .read : nil) })
        case .only(let all):
            scopes = Scopes(
                all.filter { scope in
                    scope.service.map(used.contains) ?? !(managesUnused && scope == .desk(.manage))
                }.map { $0.reading(at: onlyRead) })
        }
    }
}

extension Scope {
    /// The scope limited to reading, where it is of one of these services.
    fileprivate func reading(at services: Set<ServiceName>) -> Scope {
        guard case .service(let name, _, let path) = self, services.contains(name) else { return self }
        return .service(name, .read, below: path)
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
