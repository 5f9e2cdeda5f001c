import Ledger
import Sodium
import TestHouse
import Tokens

/// Somebody who sends requests: with a session, a token, a service's secret, or nothing.
struct WalkCaller: Sendable {
    /// Whose credential it is; of a caller without one, somebody whose things they might try.
    let owner: Subject
    /// A token of the owner's: the one that is presented, if one is.
    let token: Token
    /// Another token of the owner's.
    let sibling: Token
    /// The session's cookie, `name=value`.
    var cookie: String?
    var secret: TokenSecret?
    /// `Authorization`, where it carries no token.
    var authorization: String?
}

/// A kind of credential with which every route is called.
struct CredentialKind: Sendable {
    let name: String
    let standing: Standing
    /// Makes a caller of this kind who is new to the house. A token has to have these scopes, so far as its kind
    /// leaves them open.
    let make: @Sendable (_ house: WalkHouse, _ scopes: [String]) async throws -> WalkCaller

    init(
        _ name: String, _ standing: Standing,
        _ make: @escaping @Sendable (_ house: WalkHouse, _ scopes: [String]) async throws -> WalkCaller
    ) {
        self.name = name
        self.standing = standing
        self.make = make
    }

    /// All kinds; a new one takes a line here. Owners of tokens are administrators, of which no token may make use but
    /// to provision and to oversee.
    static let all: [CredentialKind] = [
        .init("nothing", .nobody) { house, _ in try await house.stranger() },
        .init("a person's session", .person) { house, _ in
            try await house.visitor(administrator: false)
        },
        .init("an administrator's session", .administrator) { house, _ in
            try await house.visitor(administrator: true)
        },
        .init("a token for every service", .holder) { house, _ in try await house.holder([]) },
        .init("a token for one service", .holder) { house, _ in try await house.holder(["maven"]) },
        .init("a token with jeton:manage", .manager) { house, _ in
            try await house.holder(["maven", "jeton:manage"])
        },
        .init("a token with jeton:rotate", .rotator) { house, _ in
            try await house.holder(["maven", "jeton:rotate"])
        },
        .init("a token with jeton:scim", .provisioner) { house, _ in
            try await house.holder(["jeton:scim"])
        },
        .init("a former administrator's token with jeton:scim", .formerProvisioner) { house, _ in
            let caller = try await house.holder(["jeton:scim"])
            try await house.demote(caller.owner)
            return caller
        },
        .init("a token with jeton:admin", .overseer) { house, _ in try await house.holder(["jeton:admin"]) },
        .init("a token with jeton:audit", .auditor) { house, _ in try await house.holder(["jeton:audit"]) },
        .init("a token with jeton:leaks", .reporter) { house, _ in try await house.holder(["jeton:leaks"]) },
        .init("a former administrator's token with jeton:admin", .formerOverseer) { house, _ in
            let caller = try await house.holder(["jeton:admin"])
            try await house.demote(caller.owner)
            return caller
        },
        .init("a former administrator's token with jeton:audit", .formerOverseer) { house, _ in
            let caller = try await house.holder(["jeton:audit"])
            try await house.demote(caller.owner)
            return caller
        },
        .init("a service account's token with jeton:admin", .overseer) { house, _ in
            try await house.serviceAccountHolder(["jeton:admin"], administrator: true)
        },
        .init("a service account's token with jeton:audit", .auditor) { house, _ in
            try await house.serviceAccountHolder(["jeton:audit"], administrator: true)
        },
        .init("a token with jeton:admin of an account of nobody who administers", .formerOverseer) {
            house, _ in
            try await house.serviceAccountHolder(["jeton:admin"])
        },
        .init("a token that was got for another", .holder) { house, _ in try await house.child() },
        .init("a token that was got for a revoked one", .refused(401, "revoked")) { house, _ in
            let caller = try await house.child()
            try await house.revoke(caller.sibling)
            return caller
        },
        .init("a previous secret", .previous) { house, scopes in
            try await house.previousHolder(scopes)
        },
        .init("an expired token", .refused(401, "expired")) { house, scopes in
            try await house.holder(scopes, age: .days(2), life: .days(1))
        },
        .init("a revoked token", .refused(401, "revoked")) { house, scopes in
            let caller = try await house.holder(scopes)
            try await house.revoke(caller.token)
            return caller
        },
        .init("a paused token", .refused(403, "paused")) { house, scopes in
            let caller = try await house.holder(scopes)
            try await house.pause(caller)
            return caller
        },
        .init("a suspended owner's token", .refused(403, "owner_suspended")) { house, scopes in
            let caller = try await house.holder(scopes)
            try await house.suspend(caller.owner)
            return caller
        },
        .init("a suspended person's session", .nobody) { house, _ in
            let caller = try await house.visitor(administrator: true)
            try await house.suspend(caller.owner)
            return caller
        },
        .init("a session that has ended", .nobody) { house, _ in
            let caller = try await house.visitor(administrator: true)
            try await house.signOut(caller.owner)
            return caller
        },
        .init("a service account's token", .holder) { house, _ in
            try await house.serviceAccountHolder(["maven"])
        },
        .init("an unattended service account's token", .refused(403, "account_unattended")) { house, _ in
            try await house.unattendedHolder(["maven"])
        },
        .init("an unknown token", .refused(401, "unknown_token")) { house, _ in
            try await house.inventor()
        },
        .init("a service's secret", .service) { house, _ in try await house.service() },
    ]
}
