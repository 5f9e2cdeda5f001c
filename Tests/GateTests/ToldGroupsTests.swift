import HTTPServer
import Ledger
import TestHouse
import Testing
import Tokens

@testable import Gate

@Suite("The groups that a service is told of")
struct ToldGroupsTests {
    private func told(_ groups: [String], of named: [String]? = nil) throws -> ToldGroups {
        let owner = Subject(
            id: SubjectID(number: 1), login: try Login("alice"), groups: groups,
            createdAt: Timestamp(seconds: 1_767_225_600))
        return ToldGroups(of: owner, at: Service(name: try ServiceName("maven"), tellGroups: named))
    }

    private static func names(_ count: Int, length: Int, letter: String = "g") -> [String] {
        (0..<count).map { number in
            String(repeating: letter, count: length - 4) + String(String(10_000 + number).suffix(4))
        }
    }

    @Test("are all of them, as they stand, where they fit")
    func all() throws {
        #expect(try told([]).text == "")
        #expect(try told(["b", "a", "100%"]).text == "b,a,100%25")
        // 50 of 40 bytes and 49 commas are 2049, one too many.
        let exact = Self.names(49, length: 40) + [String(repeating: "h", count: 39)]
        #expect(try told(exact).text.utf8.count == ToldGroups.limit)
        #expect(try !told(exact).isPartial)
        let more = try told(Self.names(50, length: 40))
        #expect((more.left, more.text.utf8.count) == (1, 2008))
    }

    @Test("are the first by their bytes where they do not, in whichever order they came")
    func partial() throws {
        for (count, length, letter) in [(500, 64, "g"), (120, 40, "ü"), (500, 200, "x"), (5000, 5, "漢")] {
            let names = Self.names(count, length: length, letter: letter)
            let found = try told(names)
            #expect(found.isPartial)
            #expect(found.text.utf8.count <= ToldGroups.limit)
            #expect(found.text.split(separator: ",").count == count - found.left)
            #expect(try told(names.reversed()) == found)
            #expect(try told(names.shuffled()) == found)
        }
    }

    @Test("are the named ones alone where the service names some")
    func named() throws {
        let names = Self.names(500, length: 64)
        let few = try told(names + ["b", "a"], of: ["a", "b", "c"])
        #expect((few.text, few.isPartial) == ("b,a", false))
        // Canonically equal is not the same.
        #expect(try told(["caf\u{E9}"], of: ["cafe\u{301}"]).text == "")
    }
}

@Suite("An answer's head, whoever it is about", .timeLimit(.minutes(2)))
struct GrantSizeTests {
    let house: TestHouse
    let gate: GateHouse

    init() throws {
        house = try TestHouse()
        gate = try GateHouse(house)
    }

    private static let many = (0..<500).map { "group-\(1000 + $0)-" + String(repeating: "g", count: 53) }

    private func headSize(_ response: Response) -> Int {
        response.headers.fields.reduce(200) { $0 + $1.name.utf8.count + $1.value.utf8.count + 4 }
    }

    @Test("has at most 8 KiB: identity is told whole or not at all, a name may be cut")
    func largest() async throws {
        let owner = try await house.person(
            String(repeating: "漢", count: 64), name: String(repeating: "🙂", count: 100),
            email: String(repeating: "ü", count: 200) + "@example.com", groups: Self.many)
        let end = house.clock.now + .days(1)
        let secret = try await house.token("ci", of: owner, expiresAt: end).secret.reveal()
        let response = await gate.ask("GET", "/verify/maven", ["private-token": secret])
        #expect(response.status == 200)
        #expect(headSize(response) <= 8192)
        #expect(response.headers["Jeton-Token-Expires"] == end.rfc3339)
        #expect(response.headers["Remote-User"]?.utf8.count == 64 * 9)
        let name = try #require(response.headers["Remote-Name"])
        #expect(name.utf8.count <= 1024 && name.utf8.count % 12 == 0, "whole characters")
        #expect(response.headers["Remote-Email"] == "", "cut it would be somebody else's")
        #expect(response.headers["X-Jeton-Groups"] == "partial")
    }

    @Test("has at most 8 KiB where it is refused, for however long paths")
    func refused() async throws {
        let alice = try await house.person("alice")
        let paths = (0..<40).map { "/\(10 + $0)" + String(repeating: "%20", count: 160) + "x" }
        let secret = try await house.token("ci", of: alice, scopes: paths.map { "maven:\($0)" }).secret
            .reveal()
        let response = await gate.ask(
            "GET", "/verify/maven",
            ["private-token": secret, "x-original-uri": "/other", "x-original-method": "GET"])
        #expect(response.reason == "insufficient_scope")
        #expect(headSize(response) <= 8192)
        #expect(response.text.contains("x and others; create one"))
    }

    @Test("says where groups were left out, and an event does once a day for each person")
    func event() async throws {
        let alice = try await house.person("alice", groups: Self.many)
        let bob = try await house.person("bob", groups: ["few"])
        let secret = try await house.token("ci", of: alice).secret.reveal()
        let other = try await house.token("ci", of: bob).secret.reveal()
        func events() async throws -> [Event] {
            try await gate.uses.flush()
            return try await house.ledger.events(about: nil, before: nil, limit: 100)
                .filter { $0.kind == .groupsLeftOut }
        }
        for _ in 0..<20 {
            for service in ["maven", "git"] {
                let partial = await gate.ask("GET", "/verify/\(service)", ["private-token": secret])
                #expect(partial.headers["X-Jeton-Groups"] == "partial")
                let whole = await gate.ask("GET", "/verify/\(service)", ["private-token": other])
                #expect(whole.headers["X-Jeton-Groups"] == nil)
            }
        }
        let found = try await events()
        #expect(found.map(\.subject) == [alice.id])
        #expect(
            found.first?.detail
                == "maven: 469 did not fit; services.maven.tell_groups names those it needs")
        // Another node, or this one after a restart, says the same again on the next day alone.
        let node = try GateHouse(house)
        _ = await node.ask("GET", "/verify/maven", ["private-token": secret])
        try await node.uses.flush()
        #expect(try await events().count == 1)
        house.pass(.days(1))
        _ = await node.ask("GET", "/verify/maven", ["private-token": secret])
        try await node.uses.flush()
        #expect(try await events().count == 1, "the grant is known: nobody is asked to count")
        let third = try GateHouse(house)
        _ = await third.ask("GET", "/verify/maven", ["private-token": secret])
        try await third.uses.flush()
        #expect(try await events().count == 2)
    }

    @Test("of many people in many groups only some are an event")
    func bounded() async throws {
        let notes = LeftOutGroups()
        let service = Service(name: try ServiceName("maven"))
        for number in 0..<LeftOutGroups.limit + 30 {
            let owner = try await house.person("user\(number)", groups: Self.many)
            let told = ToldGroups(of: owner, at: service)
            for _ in 0..<3 { notes.note(told, of: owner.id, at: service, house.clock.now) }
        }
        try await notes.write(to: house.ledger)
        let events = try await house.ledger.events(about: nil, before: nil, limit: 1000)
        #expect(events.filter { $0.kind == .groupsLeftOut }.count == LeftOutGroups.limit)
    }

    @Test("tells each service its own groups, also where the grant is known already")
    func eachService() async throws {
        let gate = try GateHouse(house, telling: ["ops": ["root"]])
        let alice = try await house.person("alice", groups: ["ops", "root", "staff"])
        let secret = try await house.token("ci", of: alice).secret.reveal()
        for _ in 0..<3 {
            for (service, groups) in [
                ("maven", "ops,root,staff"), ("ops", "root"), ("git", "ops,root,staff"), ("ops", "root"),
            ] {
                let answer = await gate.ask("GET", "/verify/\(service)", ["private-token": secret])
                #expect(answer.headers["Remote-Groups"] == groups, "\(service)")
            }
        }
        let basic = basic("ops", GateHouse.secret)
        let told = await gate.post("/oauth/introspect", "token=\(secret)", ["Authorization": basic])
        #expect(told.text.contains("\"groups\":[\"root\"]"))
    }
}
