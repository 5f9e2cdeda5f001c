import HTTPServer
import JSON
import Ledger
import TestHouse
import Testing
import Tokens

@testable import SCIM

@Suite("/scim/v2/Groups") struct GroupsTests {
    @Test("a group is pushed, renamed and removed, and the gate knows at once")
    func push() async throws {
        let scim = try await SCIMHouse()
        let ids = [try await scim.add("alice"), try await scim.add("bob")]
        let (_, secret) = try await scim.house.token("ci", of: try await scim.subject(ids[0]))
        func groups() -> [String]? { scim.house.owner(secret.digest)?.groups }

        // What Okta sends, in its order.
        let added = await scim.call("POST", "/Groups", ["displayName": "devs", "members": []])
        let id = try #require(added.json?["id"]?.string)
        #expect(added.status == 201)
        #expect(added.headers["Location"] == "https://tokens.example.com/scim/v2/Groups/\(id)")
        let joined = await scim.patch(
            "/Groups/\(id)",
            [
                "op": "add", "path": "members",
                "value": [["value": .string(ids[0]), "display": "alice"], ["value": .string(ids[1])]],
            ])
        #expect(joined.status == 200)
        #expect(
            joined.json?["members"]?.array?.first == [
                "value": .string(ids[0]), "type": "User",
                "$ref": .string("https://tokens.example.com/scim/v2/Users/\(ids[0])"),
            ])
        #expect(groups() == ["devs"])
        #expect(try await scim.events().first?.detail == "devs: 2 joined, 0 left")
        let told = await scim.call("GET", "/Users/\(ids[0])").json?["groups"]
        #expect(
            told == [
                [
                    "value": .string(id), "display": "devs",
                    "$ref": .string("https://tokens.example.com/scim/v2/Groups/\(id)"),
                ]
            ])

        let renamed = await scim.patch(
            "/Groups/\(id)",
            ["op": "replace", "value": ["id": .string(id), "displayName": "developers"]])
        #expect(renamed.json?["members"]?.array?.count == 2)
        #expect(groups() == ["developers"])
        #expect(try await scim.events().first?.detail == "devs is now developers: 0 joined, 0 left")

        _ = await scim.patch(
            "/Groups/\(id)", ["op": "remove", "path": .string("members[value eq \"\(ids[0])\"]")])
        #expect(groups() == [])
        let replaced = await scim.call(
            "PUT", "/Groups/\(id)", ["displayName": "developers", "members": [["value": .string(ids[0])]]])
        #expect(replaced.json?["members"]?.array?.count == 1)
        #expect(groups() == ["developers"])
        #expect(await scim.call("DELETE", "/Groups/\(id)").status == 204)
        #expect(groups() == [])
        #expect(await scim.call("GET", "/Groups/\(id)").status == 404)
        #expect(try await scim.events().first?.kind == .groupRemoved)
    }

    @Test(
        "what cannot be a group is refused",
        arguments: [
            ([:], "400 invalidValue"), (["displayName": 7], "400 invalidValue"),
            (["displayName": .string(String(repeating: "x", count: 501))], "400 invalidValue"),
            (["displayName": "x", "members": [["value": "nobody"]]], "400 invalidValue"),
            (["displayName": "x", "members": [["value": "38gd8zvcgrh62"]]], "400 invalidValue"),
            (["displayName": "x", "members": [["type": "User"]]], "400 invalidValue"),
            (["displayName": "x", "members": "x"], "400 invalidValue"),
            (["displayName": "x", "members": ""], "400 invalidValue"),
            (["displayName": "x", "members": [[:]]], "400 invalidValue"),
            (["displayName": "x", "members": [["value": nil]]], "400 invalidValue"),
        ] as [(JSONValue, String)])
    func refused(body: JSONValue, fault: String) async throws {
        let scim = try await SCIMHouse()
        #expect(await scim.call("POST", "/Groups", body).fault == fault)
        let added = await scim.call("POST", "/Groups", ["displayName": "g"])
        let id = try #require(added.json?["id"]?.string)
        #expect(await scim.call("PUT", "/Groups/\(id)", body).fault == fault)
        #expect(try await scim.house.ledger.groups(nil).map(\.name) == ["g"])
    }

    @Test("what is sent a second time makes no twin", arguments: [["externalId": "g-1"], [:]])
    func twice(more: [String: JSONValue]) async throws {
        let scim = try await SCIMHouse()
        let id = try await scim.add("alice")
        let group = JSONValue.object(
            ["displayName": "devs", "members": [["value": .string(id)]]].merging(more) { _, new in new })
        let first = await scim.call("POST", "/Groups", group)
        #expect(first.status == 201)
        #expect(await scim.call("POST", "/Groups", group).fault == "409 uniqueness")
        #expect(try await scim.house.ledger.groups(nil).count == 1)
        // Another is renamed to it by neither way; what stays as it is does no harm.
        let other = await scim.call("POST", "/Groups", ["displayName": "others", "externalId": "g-2"])
        let path = "/Groups/\(try #require(other.json?["id"]?.string))"
        #expect(await scim.call("PUT", path, group).fault == "409 uniqueness")
        if more.isEmpty {
            _ = await scim.patch(path, ["op": "remove", "path": "externalId"])
            let renamed = await scim.patch(path, ["op": "replace", "path": "displayName", "value": "devs"])
            #expect(renamed.fault == "409 uniqueness")
        } else {
            let taken = await scim.patch(path, ["op": "replace", "path": "externalId", "value": "g-1"])
            #expect(taken.fault == "409 uniqueness")
            #expect(try await scim.events().first?.detail == "external_id_taken: others")
        }
        #expect(
            await scim.call("PUT", "/Groups/\(try #require(first.json?["id"]?.string))", group).status == 200)
        _ = await scim.patch(
            "/Groups/\(try #require(first.json?["id"]?.string))",
            ["op": "remove", "path": "members", "value": [["value": .string(id)]]])
        #expect(try await scim.subject(id).groups == [])
    }

    @Test(
        "nobody is removed by what names nobody",
        arguments: ["[]", "[{}]", #""""#, #"[{"value":null}]"#, "null"])
    func nobody(value: String) async throws {
        let scim = try await SCIMHouse()
        let id = try await scim.add("alice")
        let added = await scim.call(
            "POST", "/Groups", ["displayName": "devs", "members": [["value": .string(id)]]])
        let path = "/Groups/\(try #require(added.json?["id"]?.string))"
        let removed = await scim.patch(
            path, ["op": "remove", "path": "members", "value": try JSONValue(parsing: Array(value.utf8))])
        #expect(removed.fault == (value == "[]" ? "200 -" : "400 invalidValue"))
        #expect(
            await scim.patch(path, ["op": "remove", "path": "members.value"]).fault == "400 invalidValue")
        #expect(try await scim.subject(id).groups == ["devs"])
        // By their address they are removed.
        let address = "https://tokens.example.com/scim/v2/Users/\(id)"
        _ = await scim.patch(
            path, ["op": "remove", "path": "members", "value": [["$ref": .string(address)]]])
        #expect(try await scim.subject(id).groups == [])
    }

    @Test("a group with a name that could be read as two is kept, and not sent to services")
    func comma() async throws {
        let scim = try await SCIMHouse()
        let id = try await scim.add("alice")
        for name in ["a,admins", "b\nc", "good"] {
            let added = await scim.call(
                "POST", "/Groups", ["displayName": .string(name), "members": [["value": .string(id)]]])
            #expect(added.status == 201)
        }
        #expect(try await scim.subject(id).groups == ["good"])
        #expect(await scim.call("GET", "/Users/\(id)").json?["groups"]?.array?.count == 3)
    }

    @Test("the operator's groups of administrators count on a push, too")
    func administrators() async throws {
        let scim = try await SCIMHouse(administrators: ["desk-admins"])
        let id = try await scim.add("alice")
        let added = await scim.call(
            "POST", "/Groups", ["displayName": "desk-admins", "members": [["value": .string(id)]]])
        #expect(try await scim.subject(id).isAdministrator)
        let group = try #require(added.json?["id"]?.string)
        _ = await scim.patch("/Groups/\(group)", ["op": "remove", "path": "members"])
        #expect(try await !scim.subject(id).isAdministrator)
    }

    @Test("members whom two requests move at once are all moved")
    func concurrent() async throws {
        let scim = try await SCIMHouse()
        var ids: [String] = []
        for number in 0..<8 { ids.append(try await scim.add("user\(number)")) }
        let added = await scim.call("POST", "/Groups", ["displayName": "g"])
        let group = try #require(added.json?["id"]?.string)
        await withTaskGroup(of: Void.self) { tasks in
            for id in ids {
                tasks.addTask {
                    let answer = await scim.patch(
                        "/Groups/\(group)",
                        ["op": "add", "path": "members", "value": [["value": .string(id)]]])
                    #expect(answer.status == 200)
                }
            }
        }
        #expect(await scim.call("GET", "/Groups/\(group)").json?["members"]?.array?.count == 8)
        for id in ids { #expect(try await scim.subject(id).groups == ["g"]) }
    }

    @Test("a version that is not the present one is no leave to change anything")
    func versions() async throws {
        let scim = try await SCIMHouse()
        let added = await scim.call("POST", "/Groups", ["displayName": "g"])
        let id = try #require(added.json?["id"]?.string)
        let stale: Headers = ["if-match": "W/\"7\""]
        #expect(await scim.call("PUT", "/Groups/\(id)", ["displayName": "h"], headers: stale).status == 412)
        #expect(await scim.call("DELETE", "/Groups/\(id)", headers: stale).status == 412)
        #expect(await scim.call("GET", "/Groups/\(id)", headers: ["if-none-match": "W/\"1\""]).status == 304)
    }
}
