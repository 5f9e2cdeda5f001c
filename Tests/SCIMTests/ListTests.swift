import HTTPServer
import JSON
import TestHouse
import Testing
import Tokens

@testable import SCIM

@Suite("Lists") struct ListTests {
    private func house() async throws -> SCIMHouse {
        let scim = try await SCIMHouse()
        for login in ["delta", "alpha", "Charlie", "bravo"] {
            scim.house.pass(.seconds(1))
            _ = try await scim.add(
                login,
                [
                    "externalId": .string("ext-\(login)"), "displayName": .string("The \(login)"),
                    "emails": [["value": .string("\(login)@example.com"), "type": "work"]],
                ])
        }
        return scim
    }

    private func logins(_ scim: SCIMHouse, _ query: String) async -> [String] {
        let found = await scim.call("GET", "/Users?\(query)").json?["Resources"]?.array ?? []
        return found.compactMap { $0["userName"]?.string }
    }

    @Test(
        "come in pages, filtered and sorted",
        arguments: [
            ("", ["root", "delta", "alpha", "Charlie", "bravo"]),
            ("startIndex=2&count=2", ["delta", "alpha"]), ("startIndex=0&count=1", ["root"]),
            ("startIndex=-5&count=1", ["root"]), ("startIndex=5", ["bravo"]), ("startIndex=6", []),
            ("startIndex=9223372036854775807&count=9223372036854775807", []),
            ("startIndex=-9223372036854775808&count=1", ["root"]), ("count=-9223372036854775808", []),
            ("count=0", []), ("count=-1", []),
            ("sortBy=userName", ["alpha", "bravo", "Charlie", "delta", "root"]),
            ("sortBy=userName&sortOrder=descending", ["root", "delta", "Charlie", "bravo", "alpha"]),
            ("sortBy=emails.value&count=2", ["alpha", "bravo"]),
            ("filter=userName%20co%20%22l%22&sortBy=userName", ["alpha", "Charlie", "delta"]),
            ("filter=externalId%20eq%20%22ext-alpha%22", ["alpha"]),
            ("filter=userName+eq+%22ALPHA%22+and+active+eq+false", []),
            ("filter=not+(userName+eq+%22root%22)&startIndex=2&count=1", ["alpha"]),
            ("filter=emails%5Btype%20eq%20%22work%22%5D.value%20eq%20%22bravo@example.com%22", ["bravo"]),
        ])
    func pages(query: String, expected: [String]) async throws {
        let scim = try await house()
        #expect(await logins(scim, query) == expected, "\(query)")
    }

    @Test("that would be too much work are refused", arguments: ["GET", "POST"])
    func work(method: String) async throws {
        let scim = try await house()
        // One text of one person that is compared with is as good as a thousand people.
        let text = String(repeating: "a", count: 1000)
        let emails = (0..<30).map {
            JSONValue.object(["value": "x@example.com", "display": .string("\($0)\(text)")])
        }
        for number in 0..<40 { _ = try await scim.add("user\(number)", ["emails": .array(emails)]) }
        let filter = (0..<120).map { #"emails.display co "b\#($0)""# }.joined(separator: " or ")
        let response: Response
        if method == "GET" {
            let query = filter.replacing(" ", with: "+").replacing("\"", with: "%22")
            response = await scim.call("GET", "/Users?filter=\(query)")
        } else {
            response = await scim.call("POST", "/.search", ["filter": .string(filter)])
        }
        #expect(response.fault == "400 tooMany")
        #expect(await logins(scim, "filter=emails.display+co+%22aab%22") == [])
    }

    @Test(
        "a text that stands often almost in another is found as any",
        arguments: [
            ("a", true), ("aab", true), ("aaab", false), ("abaabb", true), ("abaabaabb", true), ("bb", true),
            ("bbb", false), ("", true), ("abaabaabbx", false),
        ])
    func contains(wanted: String, isFound: Bool) async throws {
        let scim = try await SCIMHouse()
        _ = try await scim.add("x", ["displayName": "abaabaabb"])
        let found = await logins(scim, "filter=displayName+co+%22\(wanted)%22+and+userName+eq+%22x%22")
        #expect(found == (isFound ? ["x"] : []))
    }

    @Test("name a bounded number of attributes", arguments: ["attributes", "excludedAttributes"])
    func manyAttributes(name: String) async throws {
        let scim = try await house()
        for (count, fault) in [(100, "200 -"), (101, "400 invalidValue")] {
            let names = Array(repeating: "id", count: count).joined(separator: ",")
            #expect(await scim.call("GET", "/Users?\(name)=\(names)").fault == fault)
        }
        let search = await scim.call(
            "POST", "/Users/.search", ["attributes": .array(Array(repeating: "id", count: 101))])
        #expect(search.fault == "400 invalidValue")
    }

    @Test("say how many there are in all")
    func totals() async throws {
        let scim = try await house()
        let page = await scim.call("GET", "/Users?startIndex=3&count=2&filter=active%20eq%20true").json
        #expect(page?["totalResults"] == 5)
        #expect(page?["startIndex"] == 3)
        #expect(page?["itemsPerPage"] == 2)
        #expect(page?["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:ListResponse"])
        for query in ["startIndex=x", "count=1.5", "sortBy=%20"] {
            #expect(await scim.call("GET", "/Users?\(query)").fault == "400 invalidValue")
        }
        #expect(await scim.call("GET", "/Users?filter=((").fault == "400 invalidFilter")
    }

    @Test(
        "tell the attributes that are asked for",
        arguments: [
            ("attributes=userName", ["id", "schemas", "userName"]),
            ("attributes=USERNAME,%20displayname", ["displayName", "id", "schemas", "userName"]),
            (
                "attributes=urn:ietf:params:scim:schemas:core:2.0:User:userName",
                ["id", "schemas", "userName"]
            ),
            ("attributes=none", ["id", "schemas"]),
            (
                "excludedAttributes=emails,meta,id,externalId,active",
                ["displayName", "id", "schemas", "userName"]
            ),
        ])
    func attributes(query: String, expected: [String]) async throws {
        let scim = try await SCIMHouse()
        let id = try await scim.add(
            "alice", ["displayName": "A.", "emails": [["value": "a@b.c", "type": "work"]]])
        guard case .object(let members)? = await scim.call("GET", "/Users/\(id)?\(query)").json else {
            Issue.record("no object")
            return
        }
        #expect(members.keys.sorted() == expected)
        let parts = await scim.call("GET", "/Users/\(id)?attributes=emails.value").json
        #expect(parts?["emails"] == [["value": "a@b.c"]])
        let others = await scim.call("GET", "/Users/\(id)?excludedAttributes=emails.value").json
        #expect(others?["emails"] == [["type": "work"]])
    }

    @Test("are found by .search, of one kind and of both")
    func search() async throws {
        let scim = try await house()
        _ = await scim.call("POST", "/Groups", ["displayName": "alpha testers"])
        let body: JSONValue = [
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
            "filter": #"displayName co "alpha""#, "attributes": ["displayName"],
        ]
        let users = await scim.call("POST", "/Users/.search", body).json
        #expect(users?["Resources"]?.array?.map { $0["displayName"] } == ["The alpha"])
        let groups = await scim.call("POST", "/Groups/.search", body).json
        #expect(groups?["Resources"]?.array?.map { $0["displayName"] } == ["alpha testers"])
        let both = await scim.call("POST", "/.search", body).json
        #expect(both?["Resources"]?.array?.map { $0["displayName"] } == ["The alpha", "alpha testers"])
        #expect(both?["totalResults"] == 2)
    }
}
