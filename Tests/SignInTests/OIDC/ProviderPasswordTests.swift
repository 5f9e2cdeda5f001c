import HTTPServer
import JSON
import Ledger
import ProviderKit
import TestHouse
import Testing
import Tokens

@testable import SignIn

@Suite("Passwords for services: of the provider", .timeLimit(.minutes(5)))
struct ProviderPasswordTests {
    private func outcome(
        _ trip: Trip, _ login: String = "alice", _ password: String = "hunter2"
    ) async throws -> PasswordOutcome {
        let check = PasswordCheck(.provider(trip.signIn), clock: trip.house.clock)
        let presented = try #require(PresentedPassword(login: login, password: password))
        return await check.outcome(of: presented, from: IPAddress("192.0.2.1"))
    }

    /// A desk whose provider accepts alice's password.
    private func withAlice(
        _ change: (inout OIDCSettings) -> Void = { _ in }, _ body: (Trip) async throws -> Void
    ) async throws {
        try await withTrip(change) { trip in
            trip.provider.behave { $0.passwords = ["alice": "hunter2"] }
            try await body(trip)
        }
    }

    @Test("are checked with client authentication, and belong to the identity that signed in")
    func owner() async throws {
        try await withAlice { (trip: Trip) async throws in
            let alice = try await trip.go().subject
            #expect(try await outcome(trip) == .owner(alice.id))
            #expect(try await outcome(trip, "ALICE", "hunter2") == .wrong, "the provider knows no ALICE")
            #expect(try await outcome(trip, "alice", "wrong") == .wrong)
            #expect(try await outcome(trip, "nobody", "hunter2") == .wrong)
        }
    }

    @Test("of somebody new add an account, as signing in does")
    func first() async throws {
        try await withAlice { (trip: Trip) async throws in
            guard case .owner(let id) = try await outcome(trip) else {
                Issue.record("the password did not pass")
                return
            }
            let alice = try #require(try await trip.house.ledger.subject(id))
            #expect((alice.login.text, alice.groups) == ("alice", ["staff", "admins"]))
            #expect(try await trip.go().subject.id == id)
        }
        try await withAlice {
            $0.allowedGroups = ["others"]
        } _: { (trip: Trip) async throws in
            #expect(try await outcome(trip) == .wrong)
            #expect(try await trip.house.ledger.administration() == .noAccounts)
        }
    }

    @Test("count only for the login that was sent, whatever the provider accepts as one")
    func anotherLogin() async throws {
        try await withAlice { (trip: Trip) async throws in
            trip.provider.behave { $0.passwords = ["bob": "hunter2", "alice@example.com": "hunter2"] }
            // The provider takes bob's password for alice's.
            let bob = try await trip.house.person("bob")
            #expect(try await outcome(trip, "bob") == .wrong)
            #expect(try await outcome(trip, "alice@example.com") == .wrong)
            _ = try await trip.go()
            #expect(try await outcome(trip, "bob") == .wrong)
            #expect(try await outcome(trip, "alice@example.com") == .wrong)
            #expect(try await trip.house.ledger.subject(bob.id) == bob)
        }
    }

    @Test("of another identity with the same login match nobody")
    func anotherIdentity() async throws {
        try await withAlice { (trip: Trip) async throws in
            _ = try await trip.go()
            trip.provider.behave { $0.claims = ["sub": "alice-2"] }
            #expect(try await outcome(trip) == .wrong)
        }
    }

    @Test("a break-glass account's password is never sent to the provider")
    func breakGlass() async throws {
        try await withAlice { (trip: Trip) async throws in
            var root = try await trip.house.person("root")
            root.isBreakGlass = true
            try await trip.house.ledger.update(
                root, event: Event(.subjectChanged, at: trip.house.clock.now, actor: nil))
            #expect(try await outcome(trip, "root") == .wrong)
            #expect(trip.provider.count("/token") == 0)
        }
    }

    @Test("without an ID token, userinfo names the person, or nobody does")
    func userInfo() async throws {
        try await withAlice { (trip: Trip) async throws in
            let alice = try await trip.go().subject
            trip.provider.behave {
                $0.passwordsHaveIDToken = false
                $0.userInfo = ["sub": "alice-1", "preferred_username": "alice"]
            }
            #expect(try await outcome(trip) == .owner(alice.id))
            trip.provider.behave { $0.userInfo = ["sub": "alice-2", "preferred_username": "alice"] }
            #expect(try await outcome(trip) == .wrong)
            trip.provider.behave { $0.userInfo = ["preferred_username": "alice"] }
            #expect(try await outcome(trip) == .unavailable(reason: "provider_answer_token"))
        }
    }

    @Test(
        "with an ID token that is not believed nothing passes",
        arguments: [
            (["iss": "https://evil.example"], "id_token_issuer"), (["aud": "another"], "id_token_audience"),
            (["exp": 1], "id_token_expired"), (["sub": .null], "id_token_no_subject"),
        ] as [([String: JSONValue], String)])
    func forged(claims: [String: JSONValue], reason: String) async throws {
        try await withAlice { (trip: Trip) async throws in
            _ = try await trip.go()
            trip.provider.behave { $0.claims = claims }
            #expect(try await outcome(trip) == .unavailable(reason: reason))
            trip.provider.behave {
                $0.claims = [:]
                $0.idToken = { Trip.otherKey.sign(.object($0)) }
            }
            #expect(try await outcome(trip) == .unavailable(reason: "jws_unknown_key"))
        }
    }

    @Test("a wrong one is distinguished from a provider's fault, however the provider reports it")
    func wrong() async throws {
        try await withAlice { (trip: Trip) async throws in
            for code in ["invalid_grant", "invalid_request"] {
                let answer = Response(status: 400, .json, #"{"error":"\#(code)"}"#)
                trip.provider.behave { $0.answers["/token"] = answer }
                #expect(try await outcome(trip) == .wrong)
            }
            trip.provider.behave { $0.answers["/token"] = Response(status: 403) }
            #expect(try await outcome(trip) == .wrong)
        }
    }

    @Test("a suspended owner is returned, for the gate to refuse; nothing is updated")
    func suspended() async throws {
        try await withAlice { (trip: Trip) async throws in
            let alice = try await trip.go().subject
            try await trip.house.suspend(alice)
            #expect(try await outcome(trip) == .owner(alice.id))
            #expect(try await trip.house.ledger.subject(alice.id)?.isSuspended == true)
        }
    }

    @Test("a failing provider is reported to the operator")
    func provider() async throws {
        try await withAlice { (trip: Trip) async throws in
            let rows: [(Response, String)] = [
                (
                    Response(status: 400, .json, #"{"error":"unauthorized_client"}"#),
                    "code_refused_unauthorized_client"
                ),
                (
                    Response(status: 400, .json, #"{"error":"unsupported_grant_type"}"#),
                    "code_refused_unsupported_grant_type"
                ),
                (Response(status: 403, .html, "<title>Blocked</title>"), "provider_answer_token"),
                (Response(status: 500, .html, "<title>Oops</title>"), "provider_answer_token"),
                (Response(status: 200, .json, "{}"), "provider_answer_token"),
            ]
            for (answer, reason) in rows {
                trip.provider.behave { $0.answers["/token"] = answer }
                #expect(try await outcome(trip) == .unavailable(reason: reason))
            }
        }
        let trip = try Trip()
        await trip.provider.stop()
        #expect(try await outcome(trip) == .unavailable(reason: "provider_unreachable"))
    }

    @Test("only so many are checked at a time, the others wait for their turn")
    func concurrency() async throws {
        try await withAlice { (trip: Trip) async throws in
            let alice = try await trip.go().subject
            trip.provider.behave { $0.delay = .milliseconds(20) }
            let check = PasswordCheck(.provider(trip.signIn), clock: trip.house.clock)
            let presented = try #require(PresentedPassword(login: "alice", password: "hunter2"))
            let outcomes = await withTaskGroup(of: PasswordOutcome.self) { group in
                for _ in 0..<40 { group.addTask { await check.outcome(of: presented, from: nil) } }
                return await group.reduce(into: []) { $0.append($1) }
            }
            // The limit of requests to the provider is 16 at a time; more would be a fault.
            #expect(outcomes == Array(repeating: .owner(alice.id), count: 40))
        }
    }
}
