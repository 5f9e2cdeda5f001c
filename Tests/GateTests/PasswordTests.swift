import HTTPServer
import Ledger
import Synchronization
import TestHouse
import Testing
import TokenIndex
import Tokens

@testable import Gate

/// Knows some passwords, and is asked to wait.
final class Owners: PasswordOwners {
    private struct State {
        var known: [String: SubjectID] = [:]
        var asked = 0
        var waiting: [CheckedContinuation<Void, Never>] = []
        var holds = false
        var answer: PasswordOutcome?
    }

    private let state = Mutex(State())

    /// How often it was asked.
    var asked: Int { state.withLock { $0.asked } }

    func knows(_ password: String, of owner: Subject) {
        state.withLock { $0.known["\(owner.login.folded):\(password)"] = owner.id }
    }

    func forgetAll() { state.withLock { $0.known = [:] } }

    /// Answers everything with that.
    func answer(_ outcome: PasswordOutcome?) { state.withLock { $0.answer = outcome } }

    /// Lets nobody have an answer until ``letGo()``.
    func hold() { state.withLock { $0.holds = true } }

    func letGo() {
        state.withLock { state in
            state.holds = false
            for each in state.waiting { each.resume() }
            state.waiting = []
        }
    }

    func outcome(of presented: PresentedPassword, from address: IPAddress?) async -> PasswordOutcome {
        let outcome = state.withLock { state -> PasswordOutcome in
            state.asked += 1
            let owner = state.known["\(presented.login.lowercased()):\(presented.password)"]
            return state.answer ?? owner.map { .owner($0) } ?? .wrong
        }
        await withCheckedContinuation { continuation in
            state.withLock { state in
                if state.holds { state.waiting.append(continuation) } else { continuation.resume() }
            }
        }
        return outcome
    }
}

@Suite("Passwords at /verify/{service}", .timeLimit(.minutes(2)))
struct PasswordTests {
    static let end = Timestamp(date: "2026-02-01")!
    let house: TestHouse
    let owners = Owners()
    let gate: GateHouse

    init() throws {
        house = try TestHouse()
        gate = try GateHouse(house, owners: owners, until: Self.end)
    }

    private func ask(
        _ login: String = "alice", _ password: String = "hunter2", at target: String = "/verify/old",
        method: String = "GET", more: [String: String] = [:]
    ) async -> Response {
        var headers: Headers = ["authorization": basic(login, password)]
        for (name, value) in more { headers.add(name, value) }
        return await gate.ask(method, target, headers)
    }

    private func alice() async throws -> Subject {
        let alice = try await house.person(
            "alice", name: "Alice Müller", email: "a@example.com", groups: ["developers"])
        owners.knows("hunter2", of: alice)
        return alice
    }

    @Test("a right one is granted as its owner, without a token and with the day of its end")
    func grant() async throws {
        _ = try await alice()
        for target in ["/verify/old", "/verify/old/a/b?c=d", "/verify/old?x=y"] {
            #expect(
                await ask("Alice", at: target, method: "PROPPATCH")
                    == Response(
                        status: 200,
                        headers: [
                            "Remote-User": "alice", "Remote-Name": "Alice M%C3%BCller",
                            "Remote-Email": "a@example.com", "Remote-Groups": "developers",
                            "X-Jeton-Password-Deprecated": "2026-02-01", "Cache-Control": "no-store",
                        ]))
        }
        let undated = try GateHouse(house, owners: owners)
        let answer = await undated.ask("GET", "/verify/old", ["authorization": basic("alice", "hunter2")])
        #expect(answer.headers["X-Jeton-Password-Deprecated"] == "undated")
    }

    @Test("is looked at once in five minutes, a wrong one once a minute")
    func lately() async throws {
        _ = try await alice()
        for _ in 0..<100 { #expect(await ask().status == 200) }
        house.pass(.minutes(5) + TimeSpan(milliseconds: -1))
        #expect(await ask().status == 200)
        #expect(owners.asked == 1)
        house.pass(TimeSpan(milliseconds: 1))
        #expect(await ask().status == 200)
        #expect(owners.asked == 2)
        for _ in 0..<100 { #expect(await ask("alice", "wrong").reason == "wrong_password") }
        #expect(owners.asked == 3)
        house.pass(.minutes(1))
        #expect(await ask("alice", "wrong").reason == "wrong_password")
        #expect(owners.asked == 4)
    }

    @Test("on the last day passwords are refused without a restart, and tokens still work")
    func day() async throws {
        let owner = try await alice()
        let token = try await house.token("ci", of: owner).secret
        house.pass(Self.end - TimeSpan(milliseconds: 1) - house.clock.now)
        #expect(await ask().status == 200)
        house.pass(TimeSpan(milliseconds: 1))
        let refused = await ask()
        #expect((refused.status, refused.reason) == (401, "not_a_token"))
        #expect(
            refused.text
                == "this is not a token, and passwords are not accepted here; create a token at https://tokens.example.com/tokens/new?service=old&access=read\n"
        )
        #expect(owners.asked == 1)
        #expect(await gate.ask("GET", "/verify/old", ["authorization": basic("alice", token)]).status == 200)
    }

    @Test("works nowhere else, and only as Basic")
    func elsewhere() async throws {
        _ = try await alice()
        #expect(await ask().status == 200)
        #expect(await ask(at: "/verify/maven").reason == "not_a_token")
        #expect(await ask(at: "/verify/nowhere").reason == "unknown_service")
        let asked = owners.asked
        let rows: [(Headers, String)] = [
            (["authorization": "Bearer hunter2"], "not_a_token"),
            (["private-token": "hunter2"], "not_a_token"),
            (["authorization": basic("", "hunter2")], "not_a_token"),
            (["authorization": basic("alice", "jtn_hunter2")], "not_a_token"),
            (
                ["authorization": basic("alice", "hunter2"), "private-token": "other"], "several_credentials"
            ),
            (
                ["authorization": basic("alice", "hunter2"), "Authorization": basic("bob", "hunter2")],
                "not_a_token"
            ),
        ]
        for (headers, reason) in rows {
            #expect(await gate.ask("GET", "/verify/old", headers).reason == reason)
        }
        #expect(owners.asked == asked)
        let nobody = try GateHouse(house)
        #expect(
            await nobody.ask("GET", "/verify/old", ["authorization": basic("alice", "hunter2")]).reason
                == "not_a_token")
    }

    @Test(
        "what holds a token, or was one, is never taken for a password, and is told so",
        arguments: [
            ("%", "cut off or mistyped", -1), ("J%", "cut off or mistyped", 1),
            ("\"%\"", "with something around it", 0),
            (" %", "with something around it", 0), ("%\n", "with something around it", 0),
            ("\u{FEFF}%", "with something around it", 0), ("Bearer %", "with something around it", 0),
            ("token=%", "with something around it", 0), ("alice:%", "with something around it", 0),
        ])
    func lookalikes(around: String, sentence: String, cut: Int) async throws {
        let token = try await house.token("ci", of: try await alice()).secret.reveal()
        let part = cut < 0 ? String(token.dropLast(-cut)) : String(token.dropFirst(cut))
        let text = around.replacing("%", with: part)
        for pair in [("alice", text), (text, "hunter2")] {
            let refused = await ask(pair.0, pair.1)
            // A login ends at its first colon: what stands behind it is the password.
            #expect((refused.status, refused.reason) == (401, "not_a_token"))
            #expect(refused.text.contains(sentence), "\(refused.text)")
        }
        #expect(owners.asked == 0)
    }

    @Test("what is no password either is not told that passwords are not accepted, where they are")
    func neither() async {
        for headers in [["authorization": "Bearer hunter2"], ["private-token": "hunter2"]] as [Headers] {
            let refused = await gate.ask("GET", "/verify/old", headers)
            #expect((refused.status, refused.reason) == (401, "not_a_token"))
            #expect(refused.text.hasPrefix("this is neither a token nor a login with a password; "))
        }
    }

    @Test("a service for groups takes the passwords of their members alone")
    func groups() async throws {
        let alice = try await alice()
        let bob = try await house.person("bob", groups: ["ops"])
        owners.knows("hunter2", of: bob)
        let refused = await ask(at: "/verify/old-ops")
        #expect(refused.status == 403)
        #expect(refused.headers["X-Jeton-Reason"] == "not_entitled")
        #expect(await ask("bob", at: "/verify/old-ops").status == 200)
        #expect(await ask(alice.login.text).status == 200)
    }

    @Test("whoever is suspended is refused at once, and looked at again when they are back")
    func suspended() async throws {
        let recent = gate.recent
        let owner = try await alice()
        #expect(await ask().status == 200)
        try await house.suspend(owner)
        // By how they stand now, before anything was dropped.
        let refused = await ask()
        #expect((refused.status, refused.reason) == (403, "owner_suspended"))
        #expect(owners.asked == 1)
        var suspended = owner
        suspended.suspendedAt = house.clock.now
        recent.apply(.subject(suspended))
        #expect(recent.count == 0)
        #expect(await ask().reason == "owner_suspended")
        #expect(owners.asked == 2)
    }

    @Test("a login that has changed is refused, by what was known of it too")
    func renamed() async throws {
        var owner = try await alice()
        #expect(await ask().status == 200)
        owner.login = try Login("alicia")
        try await house.ledger.update(owner, event: Event(.subjectChanged, at: house.clock.now, actor: nil))
        #expect(await ask().reason == "wrong_password")
        #expect(await ask("alicia").reason == "wrong_password")
    }

    @Test("another password drops what was known, and what was being looked at")
    func changed() async throws {
        let owner = try await alice()
        #expect(await ask("alice", "new").reason == "wrong_password")
        #expect(await ask().status == 200)
        owners.forgetAll()
        owners.knows("new", of: owner)
        gate.recent.apply(.password(owner.id))
        #expect(await ask().reason == "wrong_password")
        #expect(await ask("alice", "new").status == 200)

        // A look that began before the change is worth nothing to who asks after it.
        owners.hold()
        house.pass(.minutes(5))
        async let before = ask("alice", "new")
        while owners.asked < 5 { await Task.yield() }
        owners.forgetAll()
        gate.recent.apply(.password(owner.id))
        async let after = ask("alice", "new")
        while owners.asked < 6 { await Task.yield() }
        owners.letGo()
        #expect(await after.reason == "wrong_password")
        #expect(await before.status == 200)
        #expect(await ask("alice", "new").reason == "wrong_password")
    }

    @Test("many at once with one password make one look")
    func together() async throws {
        _ = try await alice()
        owners.hold()
        let answers = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<50 { group.addTask { await ask().status } }
            group.addTask {
                while owners.asked == 0 { await Task.yield() }
                // Time for the others to come: those who come later find what is known.
                for _ in 0..<1000 { await Task.yield() }
                owners.letGo()
                return 200
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers == Array(repeating: 200, count: 51))
        #expect(owners.asked == 1)
    }

    @Test("what cannot be looked at is refused, said so, and not remembered")
    func unavailable() async throws {
        _ = try await alice()
        owners.answer(.unavailable(reason: "provider_slow"))
        let refused = await ask()
        #expect((refused.status, refused.reason) == (502, "password_unchecked"))
        #expect(refused.headers["Retry-After"] == "60")
        owners.answer(.tooManyAttempts(wait: .seconds(7)))
        let slowed = await ask()
        #expect((slowed.status, slowed.reason) == (429, "too_many_passwords"))
        #expect(slowed.headers["Retry-After"] == "7")
        owners.answer(nil)
        #expect(await ask().status == 200)
    }

    @Test("one password tried with many logins is many guesses")
    func spraying() async throws {
        let office = ["x-forwarded-for": "192.0.2.7"]
        for number in 0..<GuessLimiter.limit {
            #expect(await ask("user\(number)", "winter", more: office).reason == "wrong_password")
        }
        let slowed = await ask("another", "winter", more: office)
        #expect((slowed.status, slowed.reason) == (429, "too_many_failures"))
    }

    @Test("uses are counted, distinct wrong ones are not, and nothing of either is kept")
    func counted() async throws {
        let owner = try await alice()
        for agent in ["Apache-Maven/3.8.7", "Apache-Maven/3.8.7", "git/2.39.5"] {
            #expect(
                await ask(more: ["user-agent": agent, "x-forwarded-for": "192.0.2.9"]).status == 200)
        }
        #expect(await ask("alice", "wrong").status == 401)
        try await gate.uses.flush()
        let uses = try await house.ledger.passwordUses(of: nil, since: house.clock.now).map(\.use)
        #expect(
            Set(uses)
                == Set(
                    [("Maven 3.8.7", 2), ("Git 2.39.5", 1)].map { client, count in
                        PasswordUse(
                            subject: owner.id, service: "old", address: "192.0.2.9", client: client,
                            lastAt: house.clock.now, count: count)
                    }))
        let events = try await house.ledger.events(about: nil, before: nil, limit: 100)
        #expect(events.map(\.kind) == [.subjectAdded])
    }

    @Test("a node that loses touch while it looks at one grants nothing by it")
    func lostTouch() async throws {
        _ = try await alice()
        let staleness = Staleness(for: .seconds(1))
        let gate = try GateHouse(house, owners: owners, staleness: staleness)
        owners.hold()
        staleness.confirm(.now)
        async let answer = gate.ask("GET", "/verify/old", ["authorization": basic("alice", "hunter2")])
        while owners.asked == 0, staleness.isCurrent { await Task.yield() }
        while staleness.isCurrent { await Task.yield() }
        owners.letGo()
        #expect(await answer.status == 503)
        #expect(await answer.reason == "stale")
    }

    @Test("what is remembered is bounded")
    func bounded() async throws {
        let owner = try await alice()
        #expect(await ask().status == 200)
        for number in 0..<RecentPasswords.capacity + 10 {
            let presented = try #require(PresentedPassword(login: "alice", password: "wrong \(number)"))
            let mark = try #require(gate.recent.mark(of: presented))
            _ = await gate.recent.outcome(of: mark, at: house.clock.now) { .wrong }
        }
        #expect(gate.recent.count <= RecentPasswords.capacity)
        #expect(await ask().status == 200)
        #expect(owners.asked == 1, "\(owner.login)'s right one was not driven out by wrong ones")
    }
}
