import HTTPServer
import JSON
import Ledger
import ProviderKit
import TestHouse
import Testing
import Tokens

@testable import SignIn

@Suite("A provider with oddities", .timeLimit(.minutes(5)))
struct OddProviderTests {
    /// What userinfo answers instead, and the reason that is reported to the administrator.
    static let answers: [(Response, String)] = [
        (Response(status: 401), "userinfo_status_401"),
        (Response(status: 403, .json, #"{"error":"insufficient_scope"}"#), "userinfo_status_403"),
        (Response(status: 404, .html, "<title>Nothing here</title>"), "userinfo_status_404"),
        (Response(status: 500, .plain, "oops"), "userinfo_status_500"),
        (Response(status: 302, headers: ["Location": "/sign-in"]), "userinfo_status_302"),
        (Response(status: 204), "userinfo_status_204"),
        (Response(status: 200, .plain, ""), "userinfo_not_json"),
        (Response(status: 200, .json, "[]"), "userinfo_not_json"),
        (Response(status: 200, .json, #"{"groups":["#), "userinfo_not_json"),
        (
            Response(
                status: 200, headers: ["Content-Type": "application/jwt"], body: Array("e30.e30.c2ln".utf8)),
            "userinfo_jwt"
        ),
        (Response(status: 200, .json, #"{"groups":["admins"]}"#), "userinfo_no_subject"),
        (Response(status: 200, .json, #"{"sub":7,"groups":["admins"]}"#), "userinfo_no_subject"),
        (
            Response(status: 200, .json, "{\"a\":\"" + String(repeating: "a", count: 2 << 20) + "\"}"),
            "userinfo_provider_answer_too_long"
        ),
    ]

    private func told(_ trip: Trip) async throws -> [String] {
        try await trip.house.ledger.events(about: nil, before: nil, limit: 99)
            .filter { $0.kind.rawValue == "provider_degraded" }.map(\.detail)
    }

    @Test(
        "signs people in without what userinfo fails to tell, and that is told once",
        arguments: answers.indices)
    func userInfo(row: Int) async throws {
        let (answer, reason) = Self.answers[row]
        try await withTrip { (trip: Trip) async throws in
            try await trip.go()
            trip.provider.behave {
                $0.claims = ["groups": .null, "name": .null, "email": .null]
                $0.answers["/userinfo"] = answer
            }
            for _ in 0..<3 {
                let subject = try await trip.go().subject
                // What is not claimed stays as it was.
                #expect(subject.groups == ["staff", "admins"])
                #expect((subject.name, subject.email) == ("Alice Doe", "alice@example.com"))
            }
            #expect(try await told(trip) == [reason])
            trip.house.pass(.minutes(61))
            try await trip.go()
            #expect(try await told(trip) == [reason, reason])
        }
    }

    @Test("signs in nobody where userinfo fails and is needed", arguments: answers.indices)
    func needed(row: Int) async throws {
        let answer = Self.answers[row].0
        try await withTrip { (trip: Trip) async throws in
            trip.provider.behave {
                $0.claims = ["preferred_username": .null, "email": .null]
                $0.answers["/userinfo"] = answer
            }
            let refusal = try await trip.refusal()
            #expect(
                ["provider_answer_userinfo", "provider_answer_too_long", "userinfo_subject"].contains(
                    refusal?.name))
        }
        try await withTrip {
            $0.allowedGroups = ["admins"]
        } _: { (trip: Trip) async throws in
            trip.provider.behave {
                $0.claims = ["groups": .null]
                $0.answers["/userinfo"] = answer
            }
            let refusal = try await trip.refusal()
            #expect(refusal?.name == "groups_unknown")
            #expect(refusal?.status == 502)
        }
    }

    @Test("signs in nobody by the e-mail address where the login would have come from userinfo")
    func loginUnknown() async throws {
        try await withTrip { (trip: Trip) async throws in
            trip.provider.behave {
                $0.claims = ["preferred_username": .null]
                $0.answers["/userinfo"] = Response(status: 500)
            }
            #expect(try await trip.refusal() == .providerAnswer(of: .userInfo))
        }
    }

    @Test(
        "points elsewhere for the groups, as with many of them, or tells them in no form that is understood")
    func groupsElsewhere() async throws {
        let rows: [([String: JSONValue], String)] = [
            (["groups": .null, "_claim_names": ["groups": "src1"]], "groups_elsewhere"),
            (["groups": ["a": 1]], "groups_unreadable"),
            (["groups": [["name": "staff"]]], "groups_unreadable"),
        ]
        for (claims, reason) in rows {
            try await withTrip { (trip: Trip) async throws in
                try await trip.go()
                trip.provider.behave { $0.claims = claims }
                for _ in 0..<2 { #expect(try await trip.go().subject.groups == ["staff", "admins"]) }
                #expect(try await told(trip) == [reason])
                #expect(trip.warnings.count == 1)
            }
            try await withTrip {
                $0.allowedGroups = ["staff"]
            } _: { (trip: Trip) async throws in
                trip.provider.behave { $0.claims = claims }
                #expect(try await trip.refusal() == .groupsUnknown)
            }
        }
    }

    @Test("a new person is in no group then, and does not administer")
    func first() async throws {
        try await withTrip {
            $0.adminGroups = ["admins"]
        } _: { (trip: Trip) async throws in
            trip.provider.behave {
                $0.claims = ["groups": .null]
                $0.answers["/userinfo"] = Response(status: 500)
            }
            let subject = try await trip.go().subject
            #expect(subject.groups == [])
            #expect(!subject.isAdministrator)
            trip.provider.behave { $0.claims = [:] }
            #expect(try await trip.go().subject.isAdministrator)
            // An administrator stays one until the provider says otherwise.
            trip.provider.behave { $0.claims = ["groups": .null] }
            #expect(try await trip.go().subject.isAdministrator)
            trip.provider.behave { $0.answers = [:] }
            #expect(try await trip.go().subject.isAdministrator == false)
        }
    }

    static let unusable: [JSONValue] = [
        "", " ", "/relative", "http://id.example.com/x", "ftp://127.0.0.1/", 7, [],
    ]

    @Test(
        "has an optional endpoint that cannot be used: it counts as none, and that is told once",
        arguments: ["userinfo", "end_session"], unusable)
    func endpoint(name: String, address: JSONValue) async throws {
        try await withTrip { (trip: Trip) async throws in
            trip.provider.behave { $0.discovery["\(name)_endpoint"] = address }
            for _ in 0..<2 { try await trip.go() }
            #expect(try await told(trip) == ["unusable_endpoint_\(name)"])
            #expect(trip.provider.count("/userinfo") == 0)
            trip.house.pass(.minutes(61))
            try await trip.go()
            #expect(try await told(trip).count == 2)
        }
    }

    @Test(
        "has endpoints that are not used here: nothing is said of them",
        arguments: [
            "introspection_endpoint", "revocation_endpoint", "registration_endpoint", "check_session_iframe",
        ])
    func unused(name: String) async throws {
        try await withTrip { (trip: Trip) async throws in
            trip.provider.behave { $0.discovery[name] = "http://id.example.com/" }
            try await trip.go()
            #expect(try await told(trip).isEmpty)
        }
    }

    @Test("still fails where a required endpoint cannot be used")
    func neededEndpoint() async throws {
        for name in ["authorization_endpoint", "token_endpoint", "jwks_uri"] {
            for address: JSONValue in ["", "/relative", "http://id.example.com/x", 7] {
                try await withTrip { (trip: Trip) async throws in
                    trip.provider.behave { $0.discovery[name] = address }
                    await #expect(throws: OIDCFault.self) { try await trip.go() }
                }
            }
        }
    }

    /// Claims, names of claims, and the person: login, e-mail address, groups.
    static let people: [(String, [String: JSONValue], String, [String?])] = [
        ("groups as a text", ["groups": "staff"], "groups", ["alice", "alice@example.com", "staff"]),
        ("groups as an object", ["groups": ["staff": true]], "groups", ["alice", "alice@example.com", ""]),
        ("groups as a number", ["groups": 7], "groups", ["alice", "alice@example.com", ""]),
        (
            "groups with nulls and objects among them", ["groups": ["a", nil, ["name": "b"], true, ["c"]]],
            "groups", ["alice", "alice@example.com", "a"]
        ),
        (
            "a login that is a number", ["preferred_username": 4711], "groups",
            ["4711", "alice@example.com", "staff|admins"]
        ),
        ("an address that is a number", ["email": 7], "groups", ["alice", nil, "staff|admins"]),
        (
            "email_verified as a text", ["email_verified": "True"], "groups",
            ["alice", "alice@example.com", "staff|admins"]
        ),
        (
            "email_verified false as a text", ["email_verified": "False"], "groups",
            ["alice", nil, "staff|admins"]
        ),
        (
            "email_verified as 1", ["email_verified": 1], "groups",
            ["alice", "alice@example.com", "staff|admins"]
        ),
        ("email_verified as 0", ["email_verified": 0], "groups", ["alice", nil, "staff|admins"]),
        (
            "email_verified as an object", ["email_verified": ["a": 1]], "groups",
            ["alice", nil, "staff|admins"]
        ),
        (
            "a session identifier that is a number", ["sid": 7], "groups",
            ["alice", "alice@example.com", "staff|admins"]
        ),
        (
            "a member of a claim whose name is an address",
            ["https://id.example.com/app": ["roles": ["r"]]], "https://id.example.com/app.roles",
            ["alice", "alice@example.com", "r"]
        ),
        (
            "a claim deep within others",
            ["resource_access": ["the.desk": ["roles": ["r"]]]], "resource_access.the.desk.roles",
            ["alice", "alice@example.com", "r"]
        ),
    ]

    @Test("has claims of odd types and names", arguments: people.indices)
    func claims(row: Int) async throws {
        let (_, claims, groups, expected) = Self.people[row]
        try await withTrip {
            $0.claims[.groups] = groups
        } _: { (trip: Trip) async throws in
            trip.provider.behave { $0.claims = claims }
            let subject = try await trip.go().subject
            #expect([subject.login.text, subject.email, subject.groups.joined(separator: "|")] == expected)
        }
    }

    @Test("sends null for claims that it could leave out")
    func nulls() throws {
        let claims = try IDTokenClaims(
            parsing: Array(
                #"{"iss":"i","sub":"s","aud":"a","exp":9,"iat":1,"nbf":null,"azp":null,"sid":null,"nonce":null}"#
                    .utf8))
        #expect(claims.fault(issuer: "i", clientID: "a", nonce: nil, at: Timestamp(seconds: 2)) == nil)
        #expect(
            claims.fault(issuer: "i", clientID: "a", nonce: "n", at: Timestamp(seconds: 2)) == .wrongNonce)
        for needed in ["iss", "sub", "aud", "exp", "iat"] {
            let text = #"{"iss":"i","sub":"s","aud":"a","exp":9,"iat":1,"\#(needed)":null}"#
                .replacing(#""\#(needed)":"\#(needed.prefix(1))","#, with: "")
                .replacing(#""\#(needed)":9,"#, with: "").replacing(#""\#(needed)":1,"#, with: "")
            let claims = try IDTokenClaims(parsing: Array(text.utf8))
            #expect(claims.fault(issuer: "i", clientID: "a", nonce: nil, at: Timestamp(seconds: 2)) != nil)
        }
    }
}
