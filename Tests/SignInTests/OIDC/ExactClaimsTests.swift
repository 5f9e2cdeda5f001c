import JSON
import Ledger
import ProviderKit
import Testing
import Tokens

@testable import SignIn

/// Identifiers of OpenID Connect are compared without normalization (Core 1.0, section 14).
@Suite("What a provider claims is compared by its bytes", .timeLimit(.minutes(5)))
struct ExactClaimsTests {
    private static let now: Int64 = 1_769_846_400
    static let claimed: [(String, [String: JSONValue], IDTokenFault?)] = [
        ("by the book", [:], nil),
        ("an issuer that looks alike", ["iss": "https://\u{212A}.example"], .wrongIssuer),
        ("an audience that looks alike", ["aud": "\u{212A}iosk"], .wrongAudience),
        ("an audience that looks alike in a list", ["aud": ["other", "\u{212A}iosk"]], .wrongAudience),
        ("the audience in a list", ["aud": ["\u{212A}iosk", "Kiosk"], "azp": "Kiosk"], nil),
        ("a party that looks alike", ["azp": "\u{212A}iosk"], .wrongAuthorizedParty),
        ("a nonce that looks alike", ["nonce": "\u{212A}once"], .wrongNonce),
    ]

    @Test("of an ID token", arguments: claimed.indices)
    func idToken(row: Int) throws {
        let (_, claims, expected) = Self.claimed[row]
        let plain: [String: JSONValue] = [
            "iss": "https://K.example", "aud": "Kiosk", "sub": "alice-1", "nonce": "Konce",
            "exp": .integer(Self.now + 60), "iat": .integer(Self.now),
        ]
        let document = JSONValue.object(plain.merging(claims) { _, new in new })
        let fault = try IDTokenClaims(parsing: Array(document.text.utf8)).fault(
            issuer: "https://K.example", clientID: "Kiosk", nonce: "Konce", at: Timestamp(seconds: Self.now))
        #expect(fault == expected)
    }

    @Test(
        "of a logout token",
        arguments: [
            ([:], nil), (["iss": "https://\u{212A}.example"], .wrongIssuer),
            (["aud": "\u{212A}iosk"], .wrongAudience),
        ] as [([String: JSONValue], LogoutTokenFault?)])
    func logoutToken(claims: [String: JSONValue], expected: LogoutTokenFault?) {
        let plain: [String: JSONValue] = [
            "iss": "https://K.example", "aud": "Kiosk", "sub": "alice-1", "jti": "1",
            "iat": .integer(Self.now),
            "events": ["http://schemas.openid.net/event/backchannel-logout": [:]],
        ]
        let document = JSONValue.object(plain.merging(claims) { _, new in new })
        var fault: LogoutTokenFault?
        do throws(LogoutTokenFault) {
            _ = try LogoutToken(
                parsing: Array(document.text.utf8), issuer: "https://K.example", clientID: "Kiosk",
                at: Timestamp(seconds: Self.now))
        } catch {
            fault = error
        }
        #expect(fault == expected)
    }

    @Test("a group that looks like an administrators' group makes nobody an administrator, and allows nobody")
    func groups() async throws {
        try await withTrip {
            $0.adminGroups = ["Kadmins"]
            $0.allowedGroups = ["Kadmins", "staff"]
        } _: { (trip: Trip) async throws in
            trip.provider.behave { $0.claims = ["groups": ["staff", "\u{212A}admins", "Kadmins\u{301}"]] }
            let alice = try await trip.go().subject
            #expect(!alice.isAdministrator)
            #expect(alice.groups.map(ExactText.init).contains(ExactText("\u{212A}admins")))
            trip.provider.behave { $0.claims = ["groups": ["\u{212A}admins", "Kadmins", "staff"]] }
            let promoted = try await trip.go().subject
            #expect(promoted.isAdministrator)
            #expect(promoted.groups.count == 3)
        }
        try await withTrip {
            $0.allowedGroups = ["Kadmins"]
        } _: { (trip: Trip) async throws in
            trip.provider.behave { $0.claims = ["groups": ["\u{212A}admins"]] }
            #expect(try await trip.refusal() == .notAllowed)
        }
    }

    @Test("a subject that looks like another's is another person, in userinfo, too")
    func subjects() async throws {
        try await withTrip { (trip: Trip) async throws in
            trip.provider.behave { $0.claims = ["sub": "K-1"] }
            let first = try await trip.go().subject
            trip.provider.behave { $0.claims = ["sub": "\u{212A}-1", "preferred_username": "bob"] }
            let second = try await trip.go().subject
            #expect(first.id != second.id)
            trip.provider.behave {
                $0.claims = ["sub": "K-1", "preferred_username": .null]
                $0.userInfo = ["sub": "\u{212A}-1", "preferred_username": "mallory"]
            }
            await #expect(throws: OIDCFault.userInfoOfAnother) { try await trip.go() }
        }
    }

    @Test("a login that the provider now writes in another case or form is updated")
    func login() async throws {
        try await withTrip { (trip: Trip) async throws in
            for login in [
                "Zoë.K", "zoë.k", "Zoe\u{308}.K", "guest#EXT#@example.com", "siobhan.o'brien@x.example",
            ] {
                trip.provider.behave { $0.claims = ["preferred_username": .string(login)] }
                #expect(try await trip.go().subject.login.text.isExactly(login))
            }
        }
    }
}
