import JSON
import Testing

@testable import SCIM

@Suite("PATCH") struct PatchTests {
    static let user: [String: JSONValue] = [
        "userName": "alice", "active": true, "displayName": "Alice",
        "name": ["givenName": "Alice", "familyName": "Doe"],
        "emails": [
            ["value": "a@work.example", "type": "work", "primary": true],
            ["value": "a@home.example", "type": "home"],
        ],
    ]

    /// Operations in JSON, and what of the user is different then; null where it is gone.
    static let done: [(String, [String: JSONValue])] = [
        // Okta
        (#"{"op":"replace","value":{"active":false}}"#, ["active": false]),
        (#"{"op":"replace","path":"active","value":false}"#, ["active": false]),
        (#"{"op":"replace","value":{"id":"x","schemas":[],"displayName":"A."}}"#, ["displayName": "A."]),
        // Entra
        (#"{"op":"Replace","path":"active","value":"False"}"#, ["active": false]),
        (#"{"op":"Add","path":"displayName","value":"A."}"#, ["displayName": "A."]),
        (
            #"{"op":"Replace","value":{"name.familyName":"Roe","active":"False"}}"#,
            ["name": ["givenName": "Alice", "familyName": "Roe"], "active": false]
        ),
        (
            #"{"op":"Replace","path":"emails[type eq \"work\"].value","value":"b@work.example"}"#,
            [
                "emails": [
                    ["value": "b@work.example", "type": "work", "primary": true],
                    ["value": "a@home.example", "type": "home"],
                ]
            ]
        ),
        (
            #"{"op":"Replace","value":{"emails[type eq \"home\"].value":"b@home.example"}}"#,
            [
                "emails": [
                    ["value": "a@work.example", "type": "work", "primary": true],
                    ["value": "b@home.example", "type": "home"],
                ]
            ]
        ),
        (
            #"{"op":"Add","path":"emails[type eq \"other\"].value","value":"o@example.com"}"#,
            [
                "emails": [
                    ["value": "a@work.example", "type": "work", "primary": true],
                    ["value": "a@home.example", "type": "home"], ["value": "o@example.com", "type": "other"],
                ]
            ]
        ),
        (
            #"{"op":"Add","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department","value":"x"}"#,
            [:]
        ),
        (#"{"op":"Add","path":"phoneNumbers[type eq \"work\"].value","value":"1"}"#, [:]),
        // The rest of RFC 7644, section 3.5.2
        (
            #"{"op":"ADD","path":"name","value":{"middleName":"M."}}"#,
            ["name": ["givenName": "Alice", "familyName": "Doe", "middleName": "M."]]
        ),
        (
            #"{"op":"replace","path":"name","value":{"familyName":"Roe"}}"#,
            ["name": ["givenName": "Alice", "familyName": "Roe"]]
        ),
        (#"{"op":"remove","path":"name.familyName"}"#, ["name": ["givenName": "Alice"]]),
        (#"{"op":"remove","path":"name"}"#, ["name": .null]),
        (#"{"op":"remove","path":"displayName"}"#, ["displayName": .null]),
        (#"{"op":"replace","path":"displayName","value":null}"#, ["displayName": .null]),
        (
            #"{"op":"add","path":"emails","value":[{"value":"n@example.com","primary":true}]}"#,
            [
                "emails": [
                    ["value": "a@work.example", "type": "work", "primary": false],
                    ["value": "a@home.example", "type": "home"], ["value": "n@example.com", "primary": true],
                ]
            ]
        ),
        (#"{"op":"add","path":"emails","value":[{"value":"a@home.example","type":"home"}]}"#, [:]),
        (
            #"{"op":"add","path":"emails","value":{"value":"n@example.com"}}"#,
            [
                "emails": [
                    ["value": "a@work.example", "type": "work", "primary": true],
                    ["value": "a@home.example", "type": "home"], ["value": "n@example.com"],
                ]
            ]
        ),
        (
            #"{"op":"replace","path":"emails","value":["n@example.com"]}"#,
            ["emails": [["value": "n@example.com"]]]
        ),
        (
            #"{"op":"remove","path":"emails[type eq \"work\"]"}"#,
            ["emails": [["value": "a@home.example", "type": "home"]]]
        ),
        (#"{"op":"remove","path":"emails[value ew \"example\"]"}"#, ["emails": .null]),
        (
            #"{"op":"remove","path":"emails[type eq \"work\"].primary"}"#,
            [
                "emails": [
                    ["value": "a@work.example", "type": "work"], ["value": "a@home.example", "type": "home"],
                ]
            ]
        ),
        (#"{"op":"remove","path":"emails[type eq \"none\"]"}"#, [:]),
        (
            #"{"op":"replace","path":"emails[type eq \"home\"]","value":{"value":"h@example.com"}}"#,
            [
                "emails": [
                    ["value": "a@work.example", "type": "work", "primary": true],
                    ["value": "h@example.com", "type": "home"],
                ]
            ]
        ),
        (
            #"{"op":"replace","path":"urn:ietf:params:scim:schemas:core:2.0:User:displayName","value":"A."}"#,
            ["displayName": "A."]
        ),
        (
            #"{"op":"replace","value":{"unknown":{"deep":1},"password":"secret","groups":[{"value":"x"}]}}"#,
            [:]
        ),
        (#"{"op":"replace","path":"password","value":"secret"}"#, [:]),
        (#"{"op":"add","path":"externalId","value":"00u1"}"#, ["externalId": "00u1"]),
    ]

    @Test("does what clients mean", arguments: done.indices)
    func applies(row: Int) async throws {
        let (operation, changes) = Self.done[row]
        let expected = Self.user.merging(changes) { _, new in new }.filter { $0.value != .null }
        #expect(try await patched(Self.user, .user, operation) == expected, "\(operation)")
    }

    @Test(
        "that cannot be done is refused with its kind",
        arguments: [
            (#"{"op":"move","path":"a","value":1}"#, SCIMFault.ErrorType.invalidSyntax),
            (#"{"path":"displayName","value":1}"#, .invalidSyntax), ("7", .invalidSyntax),
            (#"{"op":"replace","path":"displayName"}"#, .invalidValue),
            (#"{"op":"replace","path":"displayName","value":7}"#, .invalidValue),
            (#"{"op":"replace","path":"displayName","value":{"a":1}}"#, .invalidValue),
            (#"{"op":"replace","path":"active","value":"yes"}"#, .invalidValue),
            (#"{"op":"replace","path":"active","value":null}"#, .invalidValue),
            (#"{"op":"replace","path":"userName","value":""}"#, .invalidValue),
            (#"{"op":"replace","path":"emails","value":[7]}"#, .invalidValue),
            (
                #"{"op":"add","path":"emails","value":[{"primary":true},{"value":"b","primary":true}]}"#,
                .invalidValue
            ),
            (#"{"op":"replace","value":"x"}"#, .invalidValue),
            (#"{"op":"replace","value":[]}"#, .invalidValue),
            (#"{"op":"remove"}"#, .noTarget), (#"{"op":"remove","path":""}"#, .noTarget),
            (#"{"op":"replace","path":"emails[type eq \"none\"].value","value":"x"}"#, .noTarget),
            (#"{"op":"remove","path":"userName"}"#, .mutability),
            (#"{"op":"remove","path":"active"}"#, .mutability),
            (#"{"op":"replace","path":"id","value":"x"}"#, .mutability),
            (#"{"op":"add","path":"groups","value":[{"value":"x"}]}"#, .mutability),
            (#"{"op":"replace","path":"meta.version","value":"x"}"#, .mutability),
            (#"{"op":"replace","path":"unknown","value":"x"}"#, .invalidPath),
            (#"{"op":"replace","path":"name.unknown","value":"x"}"#, .invalidPath),
            (#"{"op":"replace","path":"name[familyName eq \"x\"].givenName","value":"x"}"#, .invalidPath),
            (#"{"op":"replace","path":"emails[type eq \"work\"].unknown","value":"x"}"#, .invalidPath),
            (#"{"op":"replace","path":"emails[type eq","value":"x"}"#, .invalidPath),
            (#"{"op":"replace","path":"emails[type eq \"work\"]x","value":"x"}"#, .invalidPath),
            (#"{"op":"replace","path":"emails.value[type eq \"work\"]","value":"x"}"#, .invalidPath),
            (#"{"op":"replace","path":7,"value":"x"}"#, .invalidPath),
            (#"{"op":"replace","path":"a b","value":"x"}"#, .invalidPath),
            (#"{"op":"replace","value":{"a[":1}}"#, .invalidPath),
        ])
    func refused(operation: String, kind: SCIMFault.ErrorType) async throws {
        do {
            _ = try await patched(Self.user, .user, operation)
            Issue.record("it was done: \(operation)")
        } catch let fault as SCIMFault {
            #expect((fault.status, fault.type) == (400, kind), "\(operation): \(fault.detail)")
        }
    }

    @Test(
        "of a group moves members",
        arguments: [
            (#"{"op":"add","path":"members","value":[{"value":"c"},{"value":"a"}]}"#, ["a", "b", "c"]),
            (#"{"op":"Add","path":"members","value":[{"value":"c"}]}"#, ["a", "b", "c"]),
            (#"{"op":"remove","path":"members[value eq \"a\"]"}"#, ["b"]),
            (#"{"op":"remove","path":"members[value eq \"x\"]"}"#, ["a", "b"]),
            (#"{"op":"Remove","path":"members","value":[{"value":"b"}]}"#, ["a"]),
            (#"{"op":"remove","path":"members"}"#, []),
            (#"{"op":"replace","path":"members","value":[{"value":"z"}]}"#, ["z"]),
            (#"{"op":"replace","path":"members","value":[]}"#, []),
            // What names nobody removes nobody.
            (#"{"op":"remove","path":"members","value":[]}"#, ["a", "b"]),
            (#"{"op":"remove","path":"members[value eq \"\"]"}"#, ["a", "b"]),
            (#"{"op":"remove","path":"members[value eq null]"}"#, ["a", "b"]),
            (#"{"op":"add","path":"members","value":[]}"#, ["a", "b"]),
            (#"{"op":"add","path":"members","value":null}"#, ["a", "b"]),
            // Somebody's address is as good as their id.
            (
                #"{"op":"remove","path":"members","value":[{"$ref":"https://desk.example/scim/v2/Users/a"}]}"#,
                ["b"]
            ),
            (#"{"op":"remove","path":"members","value":[{"value":null,"$ref":"../Users/b"}]}"#, ["a"]),
            (#"{"op":"Remove","path":"members","value":{"value":"a","$ref":null}}"#, ["b"]),
            (#"{"op":"Remove","path":"members","value":["a"]}"#, ["b"]),
            (#"{"op":"add","path":"members","value":[{"$ref":"/scim/v2/Users/c"}]}"#, ["a", "b", "c"]),
            (#"{"op":"remove","path":"members[value eq \"a\" or value eq \"b\"]"}"#, []),
            (#"{"op":"replace","path":"members[value eq \"a\"]","value":{"value":"z"}}"#, ["b", "z"]),
            (#"{"op":"add","path":"members[value eq \"c\"]","value":{"value":"c"}}"#, ["a", "b", "c"]),
            (
                #"{"op":"replace","value":{"id":"g","displayName":"Renamed","members":[{"value":"z","display":"Z"}]}}"#,
                ["z"]
            ),
        ])
    func members(operation: String, expected: [String]) async throws {
        let group: [String: JSONValue] = ["displayName": "G", "members": [["value": "a"], ["value": "b"]]]
        let members = try await patched(group, .group, operation)["members"]?.array ?? []
        #expect(members.compactMap { $0["value"]?.string } == expected, "\(operation)")
    }

    @Test(
        "that names nobody is refused rather than done to everybody",
        arguments: ["remove", "add", "replace"],
        [
            "[{}]", #""""#, #"[{"value":null}]"#, #"[{"value":""}]"#, #"[{"value":"a"},{}]"#, "[null]",
            #"[{"display":"A"}]"#, #"[{"$ref":"https://desk.example/scim/v2/Groups/a"}]"#,
            #"[{"$ref":"https://desk.example/scim/v2/Users/"}]"#, #"[{"$ref":"a"}]"#,
        ])
    func nobody(verb: String, value: String) async throws {
        for path in verb == "remove" ? ["members"] : ["members", #"members[value eq \"a\"]"#] {
            await refuses(.group, #"{"op":"\#(verb)","path":"\#(path)","value":\#(value)}"#)
        }
        guard verb != "remove" else { return }
        await refuses(.group, #"{"op":"\#(verb)","value":{"members":\#(value)}}"#)
    }

    @Test(
        "to remove values that are not named is refused",
        arguments: [
            (ResourceKind.group, #"{"op":"remove","path":"members","value":null}"#),
            (.user, #"{"op":"remove","path":"emails","value":[{}]}"#),
            (.user, #"{"op":"remove","path":"emails","value":[{"type":"work"}]}"#),
            (.user, #"{"op":"remove","path":"emails","value":""}"#),
            (.user, #"{"op":"replace","path":"emails[type eq \"work\"]","value":[]}"#),
            (.user, #"{"op":"replace","path":"emails[type eq \"work\"]","value":null}"#),
        ])
    func unnamed(kind: ResourceKind, operation: String) async throws {
        await refuses(kind, operation)
    }

    private func refuses(_ kind: ResourceKind, _ operation: String) async {
        let group: [String: JSONValue] = ["displayName": "G", "members": [["value": "a"], ["value": "b"]]]
        do {
            _ = try await patched(kind == .group ? group : Self.user, kind, operation)
            Issue.record("it was done: \(operation)")
        } catch let fault as SCIMFault {
            #expect((fault.status, fault.type) == (400, .invalidValue), "\(operation): \(fault.detail)")
        } catch {
            Issue.record(error)
        }
    }

    @Test("that is more work than a request may cost is refused, and named")
    func work() async throws {
        let members = (0..<2000).map { JSONValue.object(["value": .string("m\($0)")]) }
        let group: [String: JSONValue] = ["displayName": "G", "members": .array(members)]
        let filter = (0..<100).map { #"value co \"x\#($0)\""# }.joined(separator: " or ")
        let costly = #"{"op":"remove","path":"members[\#(filter)]"}"#
        let many = Array(repeating: costly, count: 200).joined(separator: ",")
        do {
            _ = try await patched(group, .group, many)
            Issue.record("it was done")
        } catch let fault as SCIMFault {
            #expect((fault.status, fault.type) == (400, .tooMany))
        }
        // A thousand members are moved one by one.
        let each = (0..<1000).map { #"{"op":"remove","path":"members[value eq \"m\#($0)\"]"}"# }
        #expect(
            try await patched(group, .group, each.joined(separator: ","))["members"]?.array?.count == 1000)
        let named = (0..<1000).map { #"{"op":"Add","path":"members","value":[{"value":"n\#($0)"}]}"# }
        #expect(
            try await patched(group, .group, named.joined(separator: ","))["members"]?.array?.count == 3000)
    }

    @Test("a person does not get more addresses by several operations than by one")
    func manyByMany() async throws {
        let each = (0..<100).map { #"{"op":"add","path":"emails","value":[{"value":"\#($0)@example.com"}]}"# }
        await refuses(.user, each.joined(separator: ","))
        #expect(
            try await patched(Self.user, .user, each.dropLast(2).joined(separator: ","))["emails"]?.array?
                .count
                == 100)
    }

    @Test("takes a bounded number of operations and lengths of texts")
    func bounds() async throws {
        let many = Array(repeating: #"{"op":"replace","path":"displayName","value":"x"}"#, count: 1001)
        let long = String(repeating: "x", count: 1025)
        for operations in [
            many.joined(separator: ","), #"{"op":"replace","path":"displayName","value":"\#(long)"}"#,
        ] {
            await #expect(throws: SCIMFault.self) { try await patched(Self.user, .user, operations) }
        }
        let emails = (0...100).map { #"{"value":"\#($0)@example.com"}"# }.joined(separator: ",")
        await #expect(throws: SCIMFault.self) {
            try await patched(Self.user, .user, #"{"op":"add","path":"emails","value":[\#(emails)]}"#)
        }
        for body in ["{}", #"{"Operations":[]}"#, #"{"Operations":{}}"#] {
            guard case .object(let members) = try JSONValue(parsing: Array(body.utf8)) else { continue }
            #expect(throws: SCIMFault.self) {
                var budget = WorkBudget()
                return try PatchOperation.all(in: members, .user, &budget)
            }
        }
    }

    private func patched(
        _ members: [String: JSONValue], _ kind: ResourceKind, _ operations: String
    ) async throws -> [String: JSONValue] {
        let body = try JSONValue(parsing: Array("[\(operations)]".utf8))
        var budget = WorkBudget()
        let operations = try PatchOperation.all(in: ["operations": body], kind, &budget)
        return try await Patch.apply(operations, to: members, of: kind, budget)
    }
}
