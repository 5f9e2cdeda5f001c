import Ledger
import TestHouse
import Testing
import Tokens

@testable import Desk

private let now = Timestamp(seconds: 1_800_000_000)

/// Tokens that nobody uses.
@Suite("Tokens that nobody uses")
struct IdleRulesTests {
    let house: TestHouse
    let desk: TokenDesk

    init() throws {
        house = try TestHouse()
        desk = TokenDesk(ledger: house.ledger, services: nil, clock: house.clock, format: .standard)
    }

    private func rules(_ idle: IdleRules, from: Timestamp? = .distantPast) async throws {
        var policy = TokenPolicy()
        (policy.all.idle, policy.all.enforceFrom) = (idle, from)
        try await house.setTokenPolicy(policy)
    }

    private func state(_ token: Token) async throws -> Token.State {
        try await desk.token(token.id, of: nil).state(at: house.clock.now)
    }

    private func use(_ token: Token) async throws {
        try await house.ledger.record([
            Use(
                secret: token.secret, service: "git", address: "", client: "", lastAt: house.clock.now,
                count: 1, access: .read)
        ])
    }

    @Test("a token is paused once, its owner resumes it, and the time counts anew")
    func pause() async throws {
        let alice = try await house.person("alice")
        let idle = try await house.token("idle", of: alice).token
        let used = try await house.token("used", of: alice).token
        try await rules(IdleRules(pause: .days(30)))
        house.pass(.days(29))
        try await use(used)
        try await desk.enforceIdleRules()
        #expect(try await state(idle) == .active)
        house.pass(.days(1))
        for _ in 0..<2 { try await desk.enforceIdleRules() }
        #expect(try await state(idle) == .paused)
        #expect(try await state(used) == .active)
        let kinds = try await house.ledger.events(of: idle.id, kinds: [], before: nil, limit: 9).map(\.kind)
        #expect(kinds.filter { $0 == .tokenPaused }.count == 1)
        #expect(
            try await house.ledger.events(of: idle.id, kinds: [.tokenPaused], before: nil, limit: 1).first?
                .detail
                == "idle, since nobody used it for 30 days")
        let owner = Requester.person(alice, address: "")
        try await desk.resume(idle.id, of: alice, by: owner)
        try await desk.enforceIdleRules()
        #expect(try await state(idle) == .active)
        house.pass(.days(30))
        try await desk.enforceIdleRules()
        #expect(try await state(idle) == .paused)
    }

    @Test("a stop does not wait until all tokens are paused")
    func stopped() async throws {
        let alice = try await house.person("alice")
        let idle = try await house.token("idle", of: alice).token
        try await rules(IdleRules(pause: .days(30)))
        house.pass(.days(30))
        try await Task {
            withUnsafeCurrentTask { $0?.cancel() }
            try await desk.enforceIdleRules()
        }.value
        #expect(try await state(idle) == .active)
        try await desk.enforceIdleRules()
        #expect(try await state(idle) == .paused)
    }

    @Test("a token is revoked at last, with its reason")
    func revoke() async throws {
        let alice = try await house.person("alice")
        let token = try await house.token("idle", of: alice).token
        try await rules(IdleRules(pause: .days(30), revoke: .days(90)))
        house.pass(.days(89))
        try await desk.enforceIdleRules()
        #expect(try await state(token) == .paused)
        house.pass(.days(1))
        try await desk.enforceIdleRules()
        #expect(try await desk.token(token.id, of: nil).revocation?.reason == .idle)
    }

    @Test("nothing is paused before the day, and a loosened rule lifts its pauses and no others")
    func loosened() async throws {
        let alice = try await house.person("alice")
        let idle = try await house.token("idle", of: alice).token
        let other = try await house.token("other", of: alice).token
        house.pass(.days(100))
        try await rules(IdleRules(pause: .days(30)), from: nil)
        try await desk.enforceIdleRules()
        try await rules(IdleRules(pause: .days(30)), from: house.clock.now + .days(1))
        try await desk.enforceIdleRules()
        #expect(try await state(idle) == .active)
        house.pass(.days(1))
        try await desk.enforceIdleRules()
        try await desk.pause(other.id, of: alice, for: .days(9), by: .person(alice, address: ""))
        #expect(try await state(idle) == .paused)
        try await rules(IdleRules(pause: .days(300)))
        try await desk.enforceIdleRules()
        #expect(try await state(idle) == .active)
        #expect(try await desk.token(other.id, of: nil).pauses.map(\.source) == [.owner])
    }

    @Test("the rule of a service holds for tokens that can be used there, and the strictest counts")
    func ofOneService() async throws {
        let ops = Service(name: try ServiceName("ops"), groups: ["ops"])
        let services = [Service(name: try ServiceName("git")), ops]
        let desk = TokenDesk(ledger: house.ledger, services: services, clock: house.clock, format: .standard)
        let alice = try await house.person("alice", groups: ["ops"])
        let bob = try await house.person("bob")
        let tokens = [
            try await house.token("all", of: alice).token, try await house.token("all", of: bob).token,
            try await house.token("ops", of: alice, scopes: ["ops"]).token,
            try await house.token("git", of: alice, scopes: ["git"]).token,
        ]
        func states() async throws -> [Token.State] {
            try await desk.enforceIdleRules()
            var states: [Token.State] = []
            for token in tokens { states.append(try await state(token)) }
            return states
        }
        var policy = TokenPolicy()
        (policy.all.idle.pause, policy.all.enforceFrom) = (.days(90), .distantPast)
        policy.services[ops.name, default: TokenRules()].idle.pause = .days(30)
        try await house.setTokenPolicy(policy)
        house.pass(.days(31))
        #expect(try await states() == [.active, .active, .active, .active], "the service's day is not set")
        policy.services[ops.name]?.enforceFrom = house.clock.now
        try await house.setTokenPolicy(policy)
        #expect(try await states() == [.paused, .active, .paused, .active])
        house.pass(.days(60))
        #expect(try await states() == [.paused, .paused, .paused, .paused])
        policy.all.idle.pause = nil
        try await house.setTokenPolicy(policy)
        #expect(try await states() == [.paused, .active, .paused, .active])
        policy.services = [:]
        try await house.setTokenPolicy(policy)
        #expect(try await states() == [.active, .active, .active, .active])
    }

    @Test("a token whose exchanged token is used is used itself, and an exchanged one goes with its parent")
    func exchanged() async throws {
        let alice = try await house.person("alice")
        let parent = try await house.token("parent", of: alice, scopes: ["git"]).token
        let child = try await desk.exchange(
            parent, of: alice, application: "tool", device: "laptop", from: "-",
            by: .person(alice, address: "")
        ).token
        try await rules(IdleRules(pause: .days(30)))
        house.pass(.days(40))
        try await use(child)
        try await desk.enforceIdleRules()
        #expect(try await state(parent) == .active)
        house.pass(.days(31))
        try await desk.enforceIdleRules()
        #expect(try await state(parent) == .paused)
        #expect(try await state(child) == .paused)
        try await desk.resume(parent.id, of: alice, by: .person(alice, address: ""))
        #expect(try await state(child) == .active)
    }

    @Test("an owner is warned of what comes and when")
    func warning() throws {
        var policy = TokenPolicy()
        policy.all.idle = IdleRules(warn: .days(30), pause: .days(60), revoke: .days(90))
        let alice = Subject(id: SubjectID(number: 1), login: try Login("alice"), createdAt: now)
        let token = Token(
            id: TokenID(number: 1), owner: alice.id, name: try TokenName("ci"), scopes: .everyService,
            createdAt: now, origin: .desk)
        let listed = ListedToken(token: token, owner: alice, lastUse: nil)
        #expect(IdleWarning(policy, listed, among: nil, at: now + .days(29)) == nil)
        #expect(try #require(IdleWarning(policy, listed, among: nil, at: now + .days(30))).next == nil)
        policy.all.enforceFrom = now
        #expect(
            IdleWarning(policy, listed, among: nil, at: now + .days(30))?.next == .pause(at: now + .days(60)))
        policy.all.idle.pause = nil
        #expect(
            IdleWarning(policy, listed, among: nil, at: now + .days(30))?.next
                == .revocation(at: now + .days(90)))
        var ops = TokenRules()
        (ops.idle.pause, ops.enforceFrom) = (.days(40), now)
        policy.services[try ServiceName("ops")] = ops
        #expect(
            IdleWarning(policy, listed, among: nil, at: now + .days(30))?.next == .pause(at: now + .days(40)))
        #expect(
            IdleWarning(policy, listed, among: [], at: now + .days(30))?.next
                == .revocation(at: now + .days(90)))
        policy.all.idle.warn = nil
        #expect(IdleWarning(policy, listed, among: nil, at: now + .days(30)) == nil)
    }
}
