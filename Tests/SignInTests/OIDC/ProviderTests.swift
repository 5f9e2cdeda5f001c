import HTTPServer
import JOSE
import JSON
import Ledger
import ProviderKit
import TestHouse
import Testing
import Tokens

@testable import SignIn

@Suite("A provider that fails", .timeLimit(.minutes(5)))
struct ProviderTests {
    private static let huge = Response(
        status: 200, .json, #"{"issuer":""# + String(repeating: "a", count: 10 << 20) + #""}"#)
    private static let html = Response(status: 200, .html, "<!doctype html><title>Welcome</title>")

    private func redirect(_ trip: Trip) async -> OIDCFault? {
        do {
            _ = try await trip.signIn.begin(returnTo: nil, at: Request("GET", "/sign-in/oidc"))
            return nil
        } catch {
            return error as? OIDCFault
        }
    }

    @Test("is an event with its reason, at most five for a reason, however often somebody tries")
    func noted() async throws {
        try await withTrip { (trip: Trip) async throws in
            func events() async throws -> [String] {
                try await trip.house.ledger.events(about: nil, before: nil, limit: 99).map(\.detail)
            }
            trip.provider.behave { $0.discovery["issuer"] = "https://evil.example" }
            for _ in 0..<20 { #expect(await redirect(trip) == .discoveryOfAnotherIssuer) }
            #expect(try await events() == Array(repeating: "discovery_issuer", count: 5))
            trip.provider.behave { $0.answers["/.well-known/openid-configuration"] = Self.html }
            #expect(await redirect(trip) == .providerAnswer(of: .discovery))
            #expect(try await events().first == "provider_answer_discovery")
            trip.house.pass(.minutes(15))
            try await trip.sessions.refusals.flush()
            #expect(try await events().first == "discovery_issuer: 15 more like it from one address")
        }
    }

    @Test("metadata fetched under a clock that was ahead is fetched again after an hour, as always")
    func clockAhead() async throws {
        try await withTrip { (trip: Trip) async throws in
            func location() async throws -> String {
                try await trip.signIn.begin(returnTo: nil, at: Request("GET", "/sign-in/oidc")).location
            }
            trip.house.setClock(ahead: .days(365))
            let before = try await location()
            trip.house.setClock(ahead: .days(-365))
            let other = "\(trip.provider.issuer)/elsewhere"
            trip.provider.behave { $0.discovery["authorization_endpoint"] = .string(other) }
            trip.house.pass(.minutes(59))
            #expect(try await location().split(separator: "?")[0] == before.split(separator: "?")[0])
            trip.house.pass(.minutes(1))
            #expect(try await location().hasPrefix(other))
        }
    }

    @Test("names another issuer than the configured one, by a slash only")
    func anotherIssuer() async throws {
        try await withTrip { (trip: Trip) async throws in
            for issuer in ["https://evil.example", "\(trip.provider.issuer)/", ""] {
                trip.provider.behave { $0.discovery["issuer"] = .string(issuer) }
                #expect(await redirect(trip) == .discoveryOfAnotherIssuer)
            }
        }
    }

    @Test(
        "names addresses that are not https",
        arguments: [
            ("token_endpoint", OIDCFault.Asked.token), ("jwks_uri", .keys),
            ("authorization_endpoint", .authorization),
        ])
    func insecure(member: String, asked: OIDCFault.Asked) async throws {
        try await withTrip { (trip: Trip) async throws in
            for address in ["http://evil.example/", "ftp://127.0.0.1/", "http://localhost@evil.example/"] {
                trip.provider.behave { $0.discovery[member] = .string(address) }
                #expect(await redirect(trip) == .insecureAddress(of: asked))
            }
        }
    }

    @Test("answers slowly, with 10 MB, with HTML, with an error, or without what is needed")
    func discovery() async throws {
        let path = "/.well-known/openid-configuration"
        try await withTrip { (trip: Trip) async throws in
            trip.provider.behave { $0.answers[path] = Self.huge }
            #expect(await redirect(trip) == .providerTooLong)
            trip.provider.behave { $0.answers[path] = Self.html }
            #expect(await redirect(trip) == .providerAnswer(of: .discovery))
            trip.provider.behave { $0.answers[path] = Response(status: 500) }
            #expect(await redirect(trip) == .providerAnswer(of: .discovery))
            trip.provider.behave { $0.answers[path] = Response(status: 302, headers: ["Location": "/keys"]) }
            #expect(await redirect(trip) == .providerAnswer(of: .discovery))
            trip.provider.behave {
                $0.answers = [:]
                $0.discovery = ["token_endpoint": .null]
            }
            #expect(await redirect(trip) == .providerAnswer(of: .discovery))
            trip.provider.behave { $0.discovery = [:] }
            #expect(await redirect(trip) == nil)
        }
        try await withTrip(timeout: 200) { (trip: Trip) async throws in
            trip.provider.behave { $0.delay = .seconds(2) }
            #expect(await redirect(trip) == .providerSlow)
        }
    }

    @Test("is unreachable")
    func absent() async throws {
        let trip = try Trip()
        await trip.provider.stop()
        #expect(await redirect(trip) == .providerUnreachable)
    }

    @Test(
        "fails halfway",
        arguments: [("/token", OIDCFault.Asked.token), ("/keys", .keys), ("/userinfo", .userInfo)])
    func halfway(path: String, asked: OIDCFault.Asked) async throws {
        try await withTrip { (trip: Trip) async throws in
            trip.provider.behave {
                $0.claims = ["preferred_username": .null]
                $0.answers[path] = Self.huge
            }
            #expect(try await trip.refusal() == .providerTooLong)
            trip.provider.behave { $0.answers[path] = Self.html }
            let refusal = try await trip.refusal()
            if path == "/keys" {
                #expect(refusal?.name == "jwks_malformed")
            } else {
                #expect(refusal == .providerAnswer(of: asked))
            }
        }
    }

    @Test("changes its keys, which are fetched again, at most once a minute")
    func rotation() async throws {
        try await withTrip { (trip: Trip) async throws in
            try await trip.go()
            #expect(trip.provider.count("/keys") == 1)
            trip.provider.behave {
                $0.keys = [Trip.otherKey]
                $0.idToken = { Trip.otherKey.sign(.object($0)) }
            }
            await #expect(throws: OIDCFault.signature(.unknownKey)) { try await trip.go() }
            await #expect(throws: OIDCFault.signature(.unknownKey)) { try await trip.go() }
            #expect(trip.provider.count("/keys") == 1)
            trip.house.pass(.minutes(1))
            try await trip.go()
            #expect(trip.provider.count("/keys") == 2)
            #expect(trip.provider.count("/.well-known/openid-configuration") == 1)
        }
    }

    @Test(
        "takes the client's proof in each of the ways",
        arguments: [ClientAuthentication.automatic, .basic, .post, .none])
    func authentication(method: ClientAuthentication) async throws {
        try await withTrip {
            $0.clientAuthentication = method
            if method == .none { $0.clientSecret = nil }
        } _: { (trip: Trip) async throws in
            try await trip.go()
        }
        try await withTrip {
            $0.clientAuthentication = method
            $0.clientSecret = ClientSecret("wrong")
        } _: { (trip: Trip) async throws in
            let expected = method == .none ? nil : OIDCFault.codeRefused(code: "invalid_client")
            let refusal = try await trip.refusal()
            #expect(refusal == expected)
        }
    }
}
