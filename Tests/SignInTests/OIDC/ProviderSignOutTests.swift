import HTTPServer
import JOSE
import JSON
import ProviderKit
import TestHouse
import Testing
import Tokens

@testable import SignIn

@Suite("Signing out at the provider", .timeLimit(.minutes(5)))
struct ProviderSignOutTests {
    /// The present: 2026-01-31T08:00:00Z.
    private static let now: Int64 = 1_769_846_400
    private static let event = "http://schemas.openid.net/event/backchannel-logout"

    private func logout(
        _ trip: Trip, _ change: [String: JSONValue] = [:], key: SigningKey = Trip.key
    ) async throws {
        let claims: [String: JSONValue] = [
            "iss": .string(trip.provider.issuer), "aud": "jeton", "jti": "one", "sub": "alice-1",
            "iat": .integer(trip.house.clock.now.seconds), "events": [Self.event: [:]],
        ]
        let token = key.sign(.object(claims.merging(change) { $1 }.filter { $0.value != .null }))
        try await trip.signIn.endByProvider(
            Request(
                "POST", "/sign-in/backchannel-logout",
                headers: ["Content-Type": "application/x-www-form-urlencoded"],
                body: Array("logout_token=\(token)".utf8)))
    }

    @Test(
        "ends all sessions of the person, or the one that is named", arguments: [nil, "session-1", "other"])
    func ends(session: String?) async throws {
        try await withTrip { (trip: Trip) async throws in
            let one = trip.request(of: try await trip.go())
            trip.provider.behave { $0.claims = ["sid": "session-2"] }
            let two = trip.request(of: try await trip.go())
            try await logout(trip, ["sid": .optional(session), "sub": session == nil ? "alice-1" : .null])
            let left = [
                try await trip.sessions.visitor(of: one) != nil,
                try await trip.sessions.visitor(of: two) != nil,
            ]
            #expect(left == [session == "other", session != nil])
        }
    }

    @Test("for an unknown person does nothing")
    func unknown() async throws {
        try await withTrip { (trip: Trip) async throws in try await logout(trip, ["sub": "nobody"]) }
    }

    @Test(
        "is believed only as the specification says",
        arguments: [
            (["iss": "http://other"], LogoutTokenFault.wrongIssuer),
            (["aud": "other"], .wrongAudience),
            (["iat": .null], .notRecent),
            (["iat": .integer(now - 361)], .notRecent),
            (["iat": .integer(now + 61)], .notRecent),
            (["exp": .integer(now - 61)], .expired),
            (["events": .null], .noEvent),
            (["events": ["http://schemas.openid.net/event/other": [:]]], .noEvent),
            (["nonce": "n"], .hasNonce),
            (["jti": .null], .noIdentifier),
            (["sub": .null], .nobody),
            (["aud": 1], .malformed),
            (["iat": .integer(.min)], .malformed),
            (["exp": .integer(.min)], .malformed),
            (["nbf": .integer(.min)], .malformed),
            (["exp": .integer(.max)], .malformed),
        ] as [([String: JSONValue], LogoutTokenFault)])
    func judged(change: [String: JSONValue], expected: LogoutTokenFault) async throws {
        try await withTrip { (trip: Trip) async throws in
            let request = trip.request(of: try await trip.go())
            await #expect(throws: expected) { try await logout(trip, change) }
            #expect(try await trip.sessions.visitor(of: request) != nil)
        }
    }

    @Test("is accepted once, and only from the provider")
    func once() async throws {
        try await withTrip { (trip: Trip) async throws in
            try await logout(trip)
            await #expect(throws: LogoutTokenFault.replayed) { try await logout(trip) }
            await #expect(throws: OIDCFault.signature(.unknownKey)) {
                try await logout(trip, key: Trip.otherKey)
            }
        }
    }

    @Test("GHSA-7fpj-9hr8-28vh (Keycloak): an ID token is not a logout token, nor a logout token an ID token")
    func confusion() async throws {
        try await withTrip { (trip: Trip) async throws in
            await #expect(throws: LogoutTokenFault.noEvent) {
                try await logout(trip, ["events": .null, "nonce": "n", "exp": 2_000_000_000])
            }
        }
    }

    @Test("takes the browser there, with a hint of whose session it was")
    func browser() async throws {
        try await withTrip { (trip: Trip) async throws in
            let request = trip.request(of: try await trip.go())
            let visitor = try #require(try await trip.sessions.visitor(of: request))
            let address = try #require(await trip.signIn.signOutAddress(of: visitor, at: request))
            let items = Request("GET", address).queryItems
            #expect(address.hasPrefix("\(trip.provider.issuer)/end?"))
            #expect(items["client_id"] == "jeton")
            #expect(items["post_logout_redirect_uri"] == "http://desk.test/")
            #expect(items["id_token_hint"]?.split(separator: ".").count == 3)
            // A cookie that the desk never set is not passed on, however long it is.
            var forged = request
            forged.headers["cookie"] =
                "\(request.headers["cookie"] ?? ""); jeton-hint=\(String(repeating: "x", count: 9000))"
            forged.headers["cookie"] = forged.headers["cookie"]?.split(separator: "; ").reversed()
                .joined(separator: "; ")
            let short = try #require(await trip.signIn.signOutAddress(of: visitor, at: forged))
            #expect(short.utf8.count < 1000)
        }
    }
}
