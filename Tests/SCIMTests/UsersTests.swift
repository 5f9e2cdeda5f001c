import HTTPServer
import JSON
import Ledger
import TestHouse
import Testing
import Tokens

@testable import SCIM

@Suite("/scim/v2/Users") struct UsersTests {
    @Test("POST adds a person, and answers with all that is kept")
    func add() async throws {
        let scim = try await SCIMHouse()
        let answer = await scim.call(
            "POST", "/Users",
            [
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "alice@example.com",
                "externalId": "00u1", "name": ["givenName": "Alice", "familyName": "Doe"], "active": "True",
                "emails": [["value": "alice@example.com", "type": "work", "primary": "True"]],
                "groups": [["value": "x"]], "password": "$argon2id$hunter2", "title": "Ms", "meta": [:],
                "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": ["department": "X"],
            ])
        #expect(answer.status == 201)
        let id = try #require(answer.json?["id"]?.string)
        let location = "https://tokens.example.com/scim/v2/Users/\(id)"
        #expect(answer.headers["Location"] == location)
        #expect(answer.headers["Content-Type"] == "application/scim+json")
        #expect(answer.headers["ETag"] == "W/\"1\"")
        let resource: JSONValue = [
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "id": .string(id),
            "userName": "alice@example.com", "externalId": "00u1", "active": true,
            "name": ["givenName": "Alice", "familyName": "Doe"],
            "emails": [["value": "alice@example.com", "type": "work", "primary": true]],
            "meta": [
                "resourceType": "User", "created": "2026-01-31T08:00:00Z",
                "lastModified": "2026-01-31T08:00:00Z", "location": .string(location), "version": "W/\"1\"",
            ],
        ]
        #expect(answer.json == resource)
        #expect(await scim.call("GET", "/Users/\(id)").json == resource)
        let subject = try await scim.subject(id)
        #expect(subject.login.text == "alice@example.com")
        #expect((subject.name, subject.email) == ("Alice Doe", "alice@example.com"))
        #expect(!subject.isAdministrator)
        let event = try #require(try await scim.events().first)
        #expect((event.kind, event.actor, event.subject) == (.subjectAdded, scim.root.id, subject.id))
        #expect(event.token != nil)
        let kept = try await scim.house.ledger.person(subject.id)
        #expect(kept?.details?.contains("hunter2") == false)
    }

    @Test(
        "POST refuses what cannot be a person",
        arguments: [
            (["active": true], "400 invalidValue"), (["userName": ""], "400 invalidValue"),
            (["userName": "a:b"], "400 invalidValue"), (["userName": 7], "400 invalidValue"),
            (["userName": "token"], "400 invalidValue"), (["userName": "OAUTH-USER"], "400 invalidValue"),
            (["userName": .string(String(repeating: "x", count: 255))], "400 invalidValue"),
            (["userName": "a:\u{301}b"], "400 invalidValue"),
            (
                ["userName": "bob", "displayName": .string(String(repeating: "x", count: 101))],
                "400 invalidValue"
            ),
            (["userName": "bob", "displayName": "a\u{202E}b"], "400 invalidValue"),
            (["userName": "bob", "emails": [["value": "nowhere"]]], "400 invalidValue"),
            (["userName": "bob", "active": "maybe"], "400 invalidValue"),
            (["userName": "bob", "name": "Bob"], "400 invalidValue"),
            (["userName": "ROOT"], "409 uniqueness"),
        ] as [(JSONValue, String)])
    func refused(body: JSONValue, fault: String) async throws {
        let scim = try await SCIMHouse()
        let answer = await scim.call("POST", "/Users", body)
        #expect(answer.fault == fault)
        #expect(answer.headers["Content-Type"] == "application/scim+json")
        #expect(answer.json?["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"])
        #expect(try await scim.house.ledger.subjects(matching: nil) == [scim.root])
    }

    @Test("a body that is no object is refused, and not quoted")
    func noObject() async throws {
        let scim = try await SCIMHouse()
        for text in ["", "{", "[]", "7", #"{"userName": "a", "userName": "b"}"#, "secret"] {
            let answer = await scim.application.respond(
                to: Request(
                    "POST", "/scim/v2/Users", headers: ["authorization": "Bearer \(scim.secret.reveal())"],
                    body: Array(text.utf8)))
            #expect(answer.fault == "400 invalidSyntax", "\(text)")
            #expect(!String(decoding: answer.body, as: UTF8.self).contains("secret"))
        }
    }

    @Test("a login that is taken is a refusal with an event, however it is asked for")
    func collision() async throws {
        let scim = try await SCIMHouse()
        let bob = try await scim.house.person("bob")
        let id = try await scim.add("alice")
        let answers = [
            await scim.call("POST", "/Users", ["userName": "BOB"]),
            await scim.call("PUT", "/Users/\(id)", ["userName": "bob"]),
            await scim.patch("/Users/\(id)", ["op": "replace", "path": "userName", "value": "Bob"]),
        ]
        #expect(answers.map(\.fault) == Array(repeating: "409 uniqueness", count: 3))
        let events = try await scim.events(3)
        #expect(events.allSatisfy { $0.kind == .provisioningRefused && $0.subject == bob.id })
        #expect(events.map(\.detail) == ["login_taken: Bob", "login_taken: bob", "login_taken: BOB"])
        #expect(try await scim.subject(id).login.text == "alice")
    }

    @Test("a new login cannot be a word that tools send by themselves; an existing one stays")
    func wordsOfTools() async throws {
        let scim = try await SCIMHouse()
        let id = try await scim.add("alice")
        for answer in [
            await scim.call("PUT", "/Users/\(id)", ["userName": "git"]),
            await scim.patch("/Users/\(id)", ["op": "replace", "path": "userName", "value": "JWT"]),
        ] {
            #expect(answer.fault == "400 invalidValue")
            #expect(answer.json?["detail"]?.string?.contains("tools send that word by themselves") == true)
        }
        let old = try await scim.house.person("git")
        let put = await scim.call("PUT", "/Users/\(old.id)", ["userName": "Git", "displayName": "The robot"])
        #expect(put.status == 200)
        #expect(try await scim.subject(old.id.text).name == "The robot")
    }

    @Test("people who were added in another way are found by userName and provisioned")
    func matched() async throws {
        let scim = try await SCIMHouse()
        let alice = try await scim.house.person("alice", name: "Alice Doe", email: "a@example.com")
        let found = await scim.call("GET", "/Users?filter=userName%20eq%20%22Alice%22")
        #expect(found.json?["totalResults"] == 1)
        let resource = found.json?["Resources"]?.array?.first
        #expect(resource?["id"] == .string(alice.id.text))
        #expect(resource?["displayName"] == "Alice Doe")
        #expect(resource?["emails"] == [["value": "a@example.com", "primary": true]])
        let taken = await scim.call(
            "PUT", "/Users/\(alice.id)", ["userName": "alice", "externalId": "00u1", "active": true])
        #expect(taken.status == 200)
        #expect(try await scim.house.ledger.people(.externalID("00u1")).map(\.subject.id) == [alice.id])
    }

    @Test("active: false refuses every token and ends every session; true gives the tokens back")
    func active() async throws {
        let scim = try await SCIMHouse()
        let id = try await scim.add("alice")
        let (_, secret) = try await scim.house.token("ci", of: try await scim.subject(id))
        for (off, on) in [
            (
                ["op": "replace", "path": "active", "value": false],
                ["op": "replace", "path": "active", "value": true]
            ),
            (["op": "replace", "value": ["active": false]], ["op": "Replace", "value": ["active": "True"]]),
        ] as [(JSONValue, JSONValue)] {
            #expect(await scim.patch("/Users/\(id)", off).json?["active"] == false)
            #expect(scim.house.owner(secret.digest)?.isSuspended == true)
            #expect(try await scim.events().map(\.kind) == [.subjectDeactivated])
            #expect(await scim.patch("/Users/\(id)", on).json?["active"] == true)
            #expect(scim.house.owner(secret.digest)?.isSuspended == false)
            #expect(try await scim.events().map(\.kind) == [.subjectReactivated])
        }
        // By PUT, as canaille does, and with what else has changed.
        let put = await scim.call(
            "PUT", "/Users/\(id)", ["userName": "alice", "displayName": "A.", "active": false])
        #expect(put.json?["active"] == false)
        #expect(try await scim.events(2).map(\.kind) == [.subjectChanged, .subjectDeactivated])
        // Who says nothing of it does not wake them.
        let silent = await scim.call("PUT", "/Users/\(id)", ["userName": "alice", "displayName": "B."])
        #expect(silent.json?["active"] == false)
        #expect(try await scim.subject(id).deactivatedAt != nil)
    }

    @Test("a sync wakes nobody whom an administrator suspended, and takes no word of it as its own")
    func suspendedHere() async throws {
        let scim = try await SCIMHouse()
        let id = try await scim.add("alice")
        let subject = try await scim.subject(id)
        try await scim.house.ledger.suspend(
            subject.id, since: scim.house.clock.now,
            event: Event(.subjectSuspended, at: scim.house.clock.now, actor: nil))
        #expect(await scim.call("GET", "/Users/\(id)").json?["active"] == false)
        let synced = await scim.call(
            "PUT", "/Users/\(id)", ["userName": "alice", "displayName": "A.", "active": true])
        #expect(synced.json?["active"] == false)
        let renamed = await scim.patch(
            "/Users/\(id)", ["op": "replace", "path": "displayName", "value": "B."])
        #expect(renamed.json?["active"] == false)
        let after = try await scim.subject(id)
        #expect(after.suspendedAt != nil)
        #expect(after.deactivatedAt == nil)
    }

    @Test("DELETE ends the account for good, and its login is free for somebody new")
    func end() async throws {
        let scim = try await SCIMHouse()
        let id = try await scim.add("alice", ["externalId": "00u1"])
        let (token, secret) = try await scim.house.token("ci", of: try await scim.subject(id))
        #expect(await scim.call("DELETE", "/Users/\(id)").status == 204)
        #expect(try await scim.house.kept(secret.digest)?.revocation?.reason == .accountEnded)
        for (method, body) in [("GET", nil), ("PUT", ["userName": "x"]), ("DELETE", nil)]
            as [(String, JSONValue?)]
        {
            #expect(await scim.call(method, "/Users/\(id)", body).status == 404)
        }
        #expect(await scim.patch("/Users/\(id)", ["op": "replace", "value": ["active": true]]).status == 404)
        #expect(
            await scim.call("GET", "/Users?filter=externalId%20eq%20%2200u1%22").json?["totalResults"] == 0)
        let heir = try await scim.add("alice", ["externalId": "00u1"])
        #expect(heir != id)
        #expect(try await scim.house.ledger.token(token.id)?.owner.text == id)
        #expect(try await scim.events(2).last?.kind == .subjectEnded)
    }

    @Test("a new person with a login that was used before does not reactivate the old account")
    func reused() async throws {
        let scim = try await SCIMHouse()
        let id = try await scim.add("alice", ["externalId": "00u1"])
        let (_, secret) = try await scim.house.token("ci", of: try await scim.subject(id))
        // Who is active may be called otherwise: Entra's externalId changes with a nickname.
        #expect(
            await scim.patch("/Users/\(id)", ["op": "replace", "path": "externalId", "value": "00u2"]).status
                == 200)
        _ = await scim.patch("/Users/\(id)", ["op": "replace", "value": ["active": false]])
        for active in [true, false] {
            let other = await scim.call(
                "PUT", "/Users/\(id)", ["userName": "alice", "externalId": "00u9", "active": .bool(active)])
            #expect(other.fault == "409 uniqueness")
            #expect(try await scim.events().first?.detail == "external_id_changed: alice")
        }
        #expect(scim.house.owner(secret.digest)?.isSuspended == true)
        let same = await scim.call(
            "PUT", "/Users/\(id)", ["userName": "alice", "externalId": "00u2", "active": true])
        #expect(same.json?["active"] == true)
        // Whoever knows that it is the same person says so by two steps.
        _ = await scim.patch("/Users/\(id)", ["op": "replace", "value": ["active": false]])
        _ = await scim.patch("/Users/\(id)", ["op": "remove", "path": "externalId"])
        let moved = await scim.call(
            "PUT", "/Users/\(id)", ["userName": "alice", "externalId": "00u9", "active": true])
        #expect(moved.json?["active"] == true)
    }

    @Test("what a provider never says of somebody is left to their sign-in")
    func unsaid() async throws {
        let scim = try await SCIMHouse()
        let id = try await scim.add("alice")
        let subject = try await scim.subject(id)
        var profile = Profile(subject)
        (profile.name, profile.email) = ("Alice Doe", "alice@example.com")
        try await scim.house.ledger.update(
            subject.id, to: profile, event: Event(.subjectChanged, at: scim.house.clock.now, actor: nil))
        for body in [["userName": "alice"], ["userName": "alice", "active": true], ["userName": "alicia"]]
            as [JSONValue]
        {
            #expect(await scim.call("PUT", "/Users/\(id)", body).status == 200)
            let after = try await scim.subject(id)
            #expect((after.name, after.email) == ("Alice Doe", "alice@example.com"))
        }
        // What it says it may also take away.
        let emails: JSONValue = [["value": "a@scim.example"]]
        _ = await scim.call("PUT", "/Users/\(id)", ["userName": "alicia", "emails": emails])
        #expect(try await scim.subject(id).email == "a@scim.example")
        _ = await scim.call("PUT", "/Users/\(id)", ["userName": "alicia"])
        #expect(try await scim.subject(id).email == nil)
    }

    @Test("an externalId is one user's")
    func twins() async throws {
        let scim = try await SCIMHouse()
        let id = try await scim.add("alice", ["externalId": "00u1"])
        let bob = try await scim.add("bob", ["externalId": "00u2"])
        let again = await scim.call("POST", "/Users", ["userName": "alice2", "externalId": "00u1"])
        #expect(again.fault == "409 uniqueness")
        #expect(try await scim.events().first?.detail == "external_id_taken: alice2")
        #expect(try await scim.house.ledger.people(.name("alice2")).isEmpty)
        for answer in [
            await scim.call("PUT", "/Users/\(bob)", ["userName": "bob", "externalId": "00u1"]),
            await scim.patch("/Users/\(bob)", ["op": "replace", "path": "externalId", "value": "00u1"]),
        ] {
            #expect(answer.fault == "409 uniqueness")
        }
        #expect(try await scim.events().first?.detail == "external_id_taken: bob")
        #expect(try await scim.house.ledger.people(.externalID("00u1")).map(\.subject.id.text) == [id])
        // By bytes: one of another case is another's.
        #expect(
            await scim.patch("/Users/\(bob)", ["op": "replace", "path": "externalId", "value": "00U1"]).status
                == 200)
    }

    @Test("what changes nothing is no event and no new version")
    func nothing() async throws {
        let scim = try await SCIMHouse()
        let id = try await scim.add("alice", ["displayName": "A."])
        let before = try await scim.events().first?.id
        let same = await scim.call(
            "PUT", "/Users/\(id)", ["userName": "alice", "displayName": "A.", "active": true])
        #expect(same.headers["ETag"] == "W/\"1\"")
        _ = await scim.patch("/Users/\(id)", ["op": "replace", "path": "active", "value": true])
        #expect(try await scim.events().first?.id == before)
    }

    @Test("a version that is not the present one is no leave to change anything")
    func versions() async throws {
        let scim = try await SCIMHouse()
        let id = try await scim.add("alice")
        func put(_ tag: String) async -> Response {
            await scim.call(
                "PUT", "/Users/\(id)", ["userName": "alice", "displayName": .string("for \(tag)")],
                headers: ["if-match": tag])
        }
        #expect(await put("W/\"9\"").status == 412)
        #expect(await put("W/\"9\", W/\"1\"").headers["ETag"] == "W/\"2\"")
        #expect(await put("*").status == 200)
        #expect(
            await scim.patch(
                "/Users/\(id)", ["op": "remove", "path": "displayName"], headers: ["if-match": "\"1\""]
            ).status == 412)
        #expect(await scim.call("DELETE", "/Users/\(id)", headers: ["if-match": "W/\"1\""]).status == 412)
        let current = await scim.call("GET", "/Users/\(id)", headers: ["if-none-match": "W/\"3\""])
        #expect((current.status, current.body) == (304, []))
        #expect(await scim.call("GET", "/Users/\(id)", headers: ["if-none-match": "W/\"2\""]).status == 200)
        #expect(await scim.call("DELETE", "/Users/\(id)", headers: ["if-match": "W/\"3\""]).status == 204)
    }

    @Test("many changes at once are all done, none over another")
    func concurrent() async throws {
        let scim = try await SCIMHouse()
        let id = try await scim.add("alice")
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<8 {
                group.addTask {
                    let answer = await scim.patch(
                        "/Users/\(id)",
                        [
                            "op": "add", "path": "emails",
                            "value": [["value": .string("\(number)@example.com")]],
                        ])
                    #expect(answer.status == 200)
                }
            }
        }
        #expect(await scim.call("GET", "/Users/\(id)").json?["emails"]?.array?.count == 8)
    }
}
