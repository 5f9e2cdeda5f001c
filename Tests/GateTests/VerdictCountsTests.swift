import HTTPServer
import Ledger
import TestHouse
import Testing
import Tokens

@testable import Gate

@Suite("Counted verdicts")
struct VerdictCountsTests {
    let house: TestHouse
    let gate: GateHouse
    let owners = Owners()

    init() throws {
        house = try TestHouse()
        gate = try GateHouse(house, owners: owners)
    }

    /// What was counted since it was asked last, as `service way verdict`.
    private func counted() -> [String: UInt64] {
        var counted: [String: UInt64] = [:]
        for count in gate.verdicts.all where count.count > 0 {
            let verdict =
                switch count.verdict {
                case .success(let good): good.rawValue
                case .failure(let denial): denial.rawValue
                }
            counted["\(count.service?.text ?? "-") \(count.way) \(verdict)"] = count.count
        }
        return counted
    }

    @Test("each answer of the gate is counted once, under its service and its reason")
    func verify() async throws {
        let alice = try await house.person("alice")
        let secret = try await house.token("builds", of: alice, scopes: ["maven:read"]).secret.reveal()
        let bearer: Headers = ["Authorization": "Bearer \(secret)"]
        for _ in 0..<3 { #expect(await gate.ask("GET", "/verify/maven", bearer).status == 200) }
        #expect(await gate.ask("PUT", "/verify/maven/a", bearer).reason == "insufficient_scope")
        #expect(await gate.ask("GET", "/verify/git", bearer).reason == "insufficient_scope")
        #expect(await gate.ask().reason == "no_credentials")
        #expect(await gate.ask("GET", "/verify/nowhere", bearer).reason == "unknown_service")
        #expect(await gate.ask("GET", "/healthz").status == 200)
        #expect(
            counted() == [
                "maven verify token": 3, "maven verify insufficient_scope": 1,
                "git verify insufficient_scope": 1, "maven verify no_credentials": 1,
                "- verify unknown_service": 1,
            ])
    }

    @Test("too many different wrong secrets are counted as that")
    func guesses() async throws {
        for number in 0..<GuessLimiter.limit + 5 {
            _ = await gate.ask("GET", "/verify/ops", ["Authorization": "Bearer wrong-\(number)"])
        }
        #expect(
            counted() == [
                "ops verify not_a_token": UInt64(GuessLimiter.limit), "ops verify too_many_failures": 5,
            ])
    }

    @Test("passwords are counted apart from tokens, whether just checked or cached")
    func passwords() async throws {
        let alice = try await house.person("alice")
        owners.knows("correct horse", of: alice)
        for _ in 0..<2 {
            let right = basic("alice", "correct horse")
            #expect(await gate.ask("GET", "/verify/old", ["Authorization": right]).status == 200)
        }
        let wrong = basic("alice", "wrong horse")
        #expect(await gate.ask("GET", "/verify/old", ["Authorization": wrong]).reason == "wrong_password")
        owners.answer(.tooManyAttempts(wait: .seconds(9)))
        let other = basic("alice", "another horse")
        #expect(await gate.ask("GET", "/verify/old", ["Authorization": other]).status == 429)
        #expect(
            counted() == [
                "old verify password": 2, "old verify wrong_password": 1, "old verify too_many_passwords": 1,
            ])
    }

    @Test("introspection is counted apart")
    func introspection() async throws {
        let alice = try await house.person("alice")
        let secret = try await house.token("builds", of: alice).secret.reveal()
        #expect(await gate.post("/oauth/introspect", "token=\(secret)").status == 200)
        #expect(await gate.post("/oauth/introspect", "token=nothing").status == 200)
        #expect(counted() == ["maven introspection token": 1, "maven introspection not_a_token": 1])
    }

    @Test("every service has counters for all reasons from the start, for forward-auth")
    func zeros() throws {
        let all = gate.verdicts.all
        #expect(all.allSatisfy { $0.count == 0 && $0.way == .verify && $0.service != nil })
        #expect(
            all.count == 6 * (Set(Denial.allCases.map(\.reported)).count + VerdictCounts.Good.allCases.count))
        #expect(Set(all).count == all.count)
    }
}
