import HTTPServer
import JOSE
import JSON
import ProviderKit
import TestHouse
import Testing
import Tokens

@testable import SignIn

@Suite("A forged sign-in is refused with its reason", .timeLimit(.minutes(5)))
struct ForgedSignInTests {
    /// The forged claims, at 2026-01-31T08:00:00Z.
    private static let now: Int64 = 1_769_846_400
    static let claimed: [(String, [String: JSONValue], IDTokenFault?)] = [
        ("by the book", [:], nil),
        ("another issuer", ["iss": "http://127.0.0.1:1"], .wrongIssuer),
        ("no issuer", ["iss": .null], .wrongIssuer),
        ("another audience", ["aud": "other"], .wrongAudience),
        ("no audience", ["aud": .null], .wrongAudience),
        ("an empty audience", ["aud": []], .wrongAudience),
        ("an audience of numbers", ["aud": [1]], .malformed),
        ("the audience in a list", ["aud": ["jeton"]], nil),
        ("two audiences without azp", ["aud": ["jeton", "other"]], .wrongAuthorizedParty),
        ("two audiences, made for us", ["aud": ["jeton", "other"], "azp": "jeton"], nil),
        (
            "two audiences, made for another", ["aud": ["jeton", "other"], "azp": "other"],
            .wrongAuthorizedParty
        ),
        ("made for another", ["azp": "other"], .wrongAuthorizedParty),
        ("no subject", ["sub": .null], .noSubject),
        ("an empty subject", ["sub": ""], .noSubject),
        ("a subject that is a number", ["sub": 1], .malformed),
        ("a subject that is too long", ["sub": .string(String(repeating: "a", count: 256))], .noSubject),
        ("expired", ["exp": .integer(now - 61)], .expired),
        ("expired just now, within the leeway", ["exp": .integer(now - 59)], nil),
        ("no expiry", ["exp": .null], .noExpiry),
        ("an expiry that is a text", ["exp": "never"], .malformed),
        ("an expiry beyond all time", ["exp": .number(1e300)], .malformed),
        ("an expiry before all time", ["exp": .integer(.min)], .malformed),
        ("an expiry after all time", ["exp": .integer(.max)], .malformed),
        ("an expiry just within what is read", ["exp": .integer(1 << 40 - 1)], nil),
        ("an issue time before all time", ["iat": .integer(.min)], .malformed),
        ("an issue time before all time, as a fraction", ["iat": .number(-0x1p63)], .malformed),
        ("a start before all time", ["nbf": .integer(.min)], .malformed),
        ("a start that is next to it", ["nbf": .integer(.min + 1)], .malformed),
        ("a start long ago", ["nbf": .integer(-1 << 39)], nil),
        ("no issue time", ["iat": .null], .noIssueTime),
        ("issued in the future", ["iat": .integer(now + 61)], .issuedInTheFuture),
        ("issued by a clock that is ahead", ["iat": .integer(now + 59)], nil),
        ("not yet valid", ["nbf": .integer(now + 61)], .notYetValid),
        ("valid soon, within the leeway", ["nbf": .integer(now + 59)], nil),
        ("another nonce", ["nonce": "other"], .wrongNonce),
        ("no nonce", ["nonce": .null], .wrongNonce),
    ]

    @Test("by the claims of its ID token", arguments: claimed.indices)
    func claims(row: Int) async throws {
        let (_, claims, expected) = Self.claimed[row]
        try await withTrip { (trip: Trip) async throws in
            trip.provider.behave { $0.claims = claims }
            let refusal = try await trip.refusal()
            #expect(refusal == expected.map { .idToken($0) })
        }
    }

    static let signed: [(String, JOSEFault, @Sendable ([String: JSONValue]) -> String)] = [
        ("unsigned", .unsigned, { unsigned(.object($0)) }),
        (
            "an HMAC with the public key", .algorithmNotAllowed,
            { claims in
                SigningKey(.shared(Array(Trip.key.publicJSON.text.utf8)), id: "one")
                    .sign(.object(claims), algorithm: "HS256")
            }
        ),
        ("an unknown key", .unknownKey, { Trip.otherKey.sign(.object($0)) }),
        (
            "an unknown key that brings itself along", .unknownKey,
            {
                Trip.otherKey.sign(.object($0), header: ["jwk": Trip.otherKey.publicJSON.text])
            }
        ),
        (
            "another provider's key under our provider's name for its own", .badSignature,
            {
                Trip.otherKey.sign(.object($0), keyID: "one")
            }
        ),
        ("no JWS at all", .malformed, { _ in "an ID token" }),
    ]

    @Test("by the signature of its ID token", arguments: signed.indices)
    func signatures(row: Int) async throws {
        let (_, expected, sign) = Self.signed[row]
        try await withTrip { (trip: Trip) async throws in
            trip.provider.behave { $0.idToken = sign }
            let refusal = try await trip.refusal()
            #expect(refusal == .signature(expected))
        }
    }

    @Test("a state of another sign-in, or none")
    func state() async throws {
        try await withTrip { (trip: Trip) async throws in
            let (mine, other) = (try await trip.leave(), try await trip.leave())
            var way = mine
            way.state = other.state
            #expect(try await trip.refusal(way) == .wrongState)
            way.state = ""
            #expect(try await trip.refusal(way) == .wrongState)
            way.state = "\(mine.state)&state=\(mine.state)"
            #expect(try await trip.refusal(way) == .wrongState)
            way = mine
            way.cookie = ""
            #expect(try await trip.refusal(way) == .noPendingSignIn)
            way.cookie = mine.cookie + "A"
            #expect(try await trip.refusal(way) == .noPendingSignIn)
            trip.house.pass(.minutes(10))
            #expect(try await trip.refusal(mine) == .pendingSignInOver)
        }
    }

    @Test("a sign-in that began under a clock that was ahead is over once the clock is right")
    func clockAhead() async throws {
        try await withTrip { (trip: Trip) async throws in
            trip.house.setClock(ahead: .days(365))
            let way = try await trip.leave()
            trip.house.setClock(ahead: .days(-365))
            #expect(try await trip.refusal(way) == .pendingSignInOver)
        }
    }

    @Test("a callback that was used before, and a code that was")
    func replay() async throws {
        try await withTrip { (trip: Trip) async throws in
            trip.provider.behave { $0.claims = ["nonce": "other"] }
            let way = try await trip.leave()
            #expect(try await trip.refusal(way) == .idToken(.wrongNonce))
            #expect(try await trip.refusal(way) == .usedBefore)
            var fresh = try await trip.leave()
            fresh.code = way.code
            #expect(try await trip.refusal(fresh) == .codeRefused(code: "invalid_grant"))
        }
    }

    @Test("a code for another session: the verifier does not match")
    func injectedCode() async throws {
        try await withTrip { (trip: Trip) async throws in
            let (mine, stolen) = (try await trip.leave(), try await trip.leave())
            var way = mine
            way.code = stolen.code
            #expect(try await trip.refusal(way) == .codeRefused(code: "invalid_grant"))
        }
    }

    @Test("a code for another session that a provider without PKCE redeems: the nonce does not match")
    func injectedNonce() async throws {
        try await withTrip { (trip: Trip) async throws in
            let stolen = try await trip.leave()
            let nonce = "the other session's"
            trip.provider.behave { $0.claims = ["nonce": .string(nonce)] }
            #expect(try await trip.refusal(stolen) == .idToken(.wrongNonce))
        }
    }

    @Test("another person in userinfo than in the ID token")
    func swappedSubject() async throws {
        try await withTrip { (trip: Trip) async throws in
            trip.provider.behave {
                $0.claims = ["preferred_username": .null]
                $0.userInfo = ["sub": "mallory-1", "preferred_username": "mallory"]
            }
            #expect(try await trip.refusal() == .userInfoOfAnother)
            trip.provider.behave { $0.userInfo = ["preferred_username": "mallory"] }
            #expect(try await trip.refusal() == .userInfoOfAnother)
        }
    }

    @Test("a mix-up: the callback names another issuer, or none where it must name one")
    func mixUp() async throws {
        try await withTrip { (trip: Trip) async throws in
            var way = try await trip.leave()
            way.extra = "&iss=https%3A%2F%2Fevil.example"
            #expect(try await trip.refusal(way) == .wrongIssuer)
            #expect(trip.provider.count("/token") == 0)
        }
        try await withTrip { (trip: Trip) async throws in
            trip.provider.behave { $0.discovery = ["authorization_response_iss_parameter_supported": true] }
            #expect(try await trip.refusal() == .wrongIssuer)
            var way = try await trip.leave()
            way.extra = "&iss=\(trip.provider.issuer)"
            #expect(try await trip.refusal(way) == nil)
        }
    }

    @Test("the provider's own refusal, whose text is not repeated")
    func refused() async throws {
        try await withTrip { (trip: Trip) async throws in
            var way = try await trip.leave()
            way.extra = "&error=access_denied%3Cscript%3E"
            #expect(try await trip.refusal(way) == .refusedByProvider(code: "access_denied_script_"))
            way = try await trip.leave()
            way.code = ""
            #expect(try await trip.refusal(way) == .noCode)
        }
    }

    @Test("guessing at codes is slowed down, and a success clears it")
    func slowed() async throws {
        try await withTrip { (trip: Trip) async throws in
            let spare = [try await trip.leave(), try await trip.leave()]
            for number in 0..<20 {
                var way = try await trip.leave()
                way.code = "guess-\(number)"
                await #expect(throws: OIDCFault.codeRefused(code: "invalid_grant")) {
                    try await trip.signIn.finish(way.request)
                }
            }
            await #expect(throws: OIDCFault.tooManyAttempts(wait: .seconds(1))) {
                try await trip.signIn.finish(spare[0].request)
            }
            #expect(trip.provider.count("/token") == 20)
            trip.house.pass(.seconds(1))
            _ = try await trip.signIn.finish(spare[0].request)
            var way = try await trip.leave()
            way.code = "guess"
            await #expect(throws: OIDCFault.codeRefused(code: "invalid_grant")) {
                try await trip.signIn.finish(way.request)
            }
            _ = try await trip.signIn.finish(spare[1].request)
        }
    }

    /// Callbacks that a foreign page can cause, and those that an honest person may send.
    static let harmless: [(String, OIDCFault, @Sendable (inout Trip.Way) -> Void)] = [
        ("without a cookie", .noPendingSignIn, { $0.cookie = "" }),
        ("with a cookie of somebody's own making", .noPendingSignIn, { $0.cookie += "A" }),
        ("from a stale tab", .wrongState, { $0.state = String(repeating: "A", count: 43) }),
        (
            "with the person's own no", .refusedByProvider(code: "access_denied"),
            { $0.extra = "&error=access_denied" }
        ),
        ("without a code", .noCode, { $0.code = "" }),
        ("from another issuer", .wrongIssuer, { $0.extra = "&iss=https://evil.example" }),
    ]

    @Test(
        "what proves nothing shuts nobody out, neither from the provider nor from a password",
        arguments: harmless.indices)
    func nothingProved(row: Int) async throws {
        let (_, fault, change) = Self.harmless[row]
        try await withTrip { (trip: Trip) async throws in
            for _ in 0..<40 {
                var way = try await trip.leave()
                change(&way)
                await #expect(throws: fault) { try await trip.signIn.finish(way.request) }
            }
            try await trip.go()
            try await trip.house.person("admin", password: "correct horse")
            let door = SignInHouse(trip.house)
            _ = try await door.accounts.signIn(
                login: "admin", password: "correct horse", request: Request("POST", "/sign-in"))
        }
    }

    @Test(
        "an answer that brings no code uses nothing up",
        arguments: ["&error=access_denied", "&iss=https://evil.example", "&code=x"])
    func nothingUsed(more: String) async throws {
        try await withTrip { (trip: Trip) async throws in
            let honest = try await trip.leave()
            var way = honest
            way.extra = more
            await #expect(throws: OIDCFault.self) { try await trip.signIn.finish(way.request) }
            _ = try await trip.signIn.finish(honest.request)
        }
    }

    @Test("somebody who may not sign in locks nobody else out")
    func notAllowed() async throws {
        try await withTrip {
            $0.allowedGroups = ["guests"]
        } _: { (trip: Trip) async throws in
            for _ in 0..<40 { await #expect(throws: OIDCFault.notAllowed) { try await trip.go() } }
            trip.provider.behave { $0.claims = ["groups": ["guests"]] }
            try await trip.go()
        }
    }
}
