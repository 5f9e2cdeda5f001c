/// What a token may still do after it was handed over to a service account, and what it loses.
///
/// First it is frozen to what its owner may do now: no scopes at all become the list of the services that admit the
/// owner. Then it is cut to the account: to the services that admit it. What manages the desk stays with people.
///
///     HandedScopes(of: .everyService, from: alice, to: botCI, services: all).kept // git and maven, but not ops
public struct HandedScopes: Hashable, Sendable {
    /// Why a scope is lost.
    public enum Loss: Hashable, Sendable, CaseIterable {
        /// It is one of the desk's own, which are for people.
        case atDesk
        /// Its service is not configured.
        case unknownService
        /// The owner may not use its service themselves.
        case owner
        /// The account may not use its service.
        case account
    }

    public struct Lost: Hashable, Sendable {
        public let scope: Scope
        public let loss: Loss

        init(_ scope: Scope, _ loss: Loss) {
            self.scope = scope
            self.loss = loss
        }
    }

    /// The scopes that remain, in order; empty where none does.
    public let kept: [Scope]
    /// The others, in order.
    public let lost: [Lost]

    /// - Parameter services: all that are configured.
    public init(of scopes: Scopes, from owner: Subject, to account: Subject, services: [Service]) {
        let all =
            switch scopes {
            case .everyService:
                services.filter { $0.admits(owner) }.map { Scope.service($0.name, nil) }.sorted()
            case .only: scopes.list
            }
        func loss(of scope: Scope) -> Loss? {
            guard let name = scope.service else { return .atDesk }
            guard let service = services.first(where: { $0.name == name }) else { return .unknownService }
            guard service.admits(owner) else { return .owner }
            return service.admits(account) ? nil : .account
        }
        kept = all.filter { loss(of: $0) == nil }
        lost = all.compactMap { scope in loss(of: scope).map { Lost(scope, $0) } }
    }

    /// What the token may do from then on; `nil` where nothing is left.
    public var scopes: Scopes? { kept.isEmpty ? nil : .only(Set(kept)) }
}
