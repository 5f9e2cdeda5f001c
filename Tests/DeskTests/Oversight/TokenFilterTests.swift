import Ledger
import TestHouse
import Testing
import Tokens

@testable import Desk

@Suite("A filter of the inventory")
struct TokenFilterTests {
    private static let now = Timestamp(seconds: 1_774_345_500)
    private static let alice = SubjectID(number: 7)

    private func filter(_ text: String) -> TokenFilter {
        TokenFilter(
            text.split(separator: "&").map { pair in
                let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                return (String(parts[0]), parts.count == 2 ? String(parts[1]) : "")
            })
    }

    private func text(_ filter: TokenFilter) -> String {
        filter.pairs.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
    }

    private func query(_ text: String, owner: Bool = true) throws(DeskFault) -> TokenQuery {
        let alice = (try? Login("alice")).map {
            Subject(id: Self.alice, login: $0, createdAt: Self.now)
        }
        return try filter(text).query(owner: owner ? alice : nil, at: Self.now, limit: 50)
    }

    private func expected(_ change: (inout TokenQuery) throws -> Void) rethrows -> TokenQuery {
        var query = TokenQuery(states: Token.State.working, now: Self.now, limit: 50)
        try change(&query)
        return query
    }

    private static func used(_ change: (inout UsePlaceQuery) -> Void) -> UsePlaceQuery {
        var used = UsePlaceQuery()
        change(&used)
        return used
    }

    private static let readings: [(String, @Sendable (inout TokenQuery) throws -> Void)] = [
        ("", { _ in }),
        ("q=  ci build ", { $0.search = "ci build" }),
        ("q=", { _ in }),
        ("unknown=1", { _ in }),
        ("state=active&state=revoked", { $0.states = [.active, .revoked] }),
        ("state=live", { $0.states = [.active] }),
        ("state=all", { $0.states = Set(Token.State.allCases) }),
        ("owner=alice", { $0.owner = alice }),
        ("kind=account", { $0.ownerKind = .account }),
        ("allows=maven", { $0.allowing = try ServiceName("maven") }),
        ("service=maven", { $0.used = used { $0.service = "maven" } }),
        ("service=jeton", { $0.used = used { $0.service = "jeton" } }),
        ("address=10.1.2.3/8", { $0.used = used { $0.addresses = AddressRange("10.0.0.0/8") } }),
        ("client=git", { $0.used = used { $0.client = "git" } }),
        (
            "used_from=2026-01-30&used_until=2026-01-31",
            {
                $0.used = used {
                    $0.at = MomentRange(
                        from: Timestamp(rfc3339: "2026-01-30T00:00:00Z"),
                        until: Timestamp(rfc3339: "2026-02-01T00:00:00Z"))
                }
            }
        ),
        (
            "created_from=2026-01-30T08:05:00+02:00",
            { $0.created = MomentRange(from: Timestamp(rfc3339: "2026-01-30T06:05:00Z")) }
        ),
        (
            "created_until=2026-01-30T08:05:00Z",
            { $0.created = MomentRange(until: Timestamp(rfc3339: "2026-01-30T08:05:00Z")) }
        ),
        ("finding=owner-away", { $0.finding = .ownerAway }),
        ("sort=last-use", { $0.order = .lastUse }),
        (
            "sort=name&after=0000000000001.ci",
            {
                $0.order = .name
                $0.after = TokenCursor(SecretID(number: 1), .text("ci"))
            }
        ),
        // Of a field that is given twice, the first.
        ("owner=alice&owner=bob&q=a&q=b", { ($0.owner, $0.search) = (alice, "a") }),
    ]

    @Test("becomes a query", arguments: readings.indices)
    func query(_ index: Int) throws {
        let (text, change) = Self.readings[index]
        #expect(try query(text) == expected(change), "\(text)")
    }

    @Test(
        "says what is wrong with which field",
        arguments: [
            ("state=dead", "state"), ("kind=robot", "kind"), ("allows=A", "allows"),
            ("allows=jeton", "allows"),
            ("service=A b", "service"), ("address=here", "address"), ("address=10.0.0.0/33", "address"),
            ("used_from=yesterday", "used_from"), ("used_until=2026-02-30", "used_until"),
            ("created_from=2026-01-02&created_until=2026-01-01", "created_until"),
            ("finding=none", "finding"), ("sort=random", "sort"), ("after=x", "after"),
            // A cursor of another order would list something else.
            ("sort=name&after=0000000000001", "after"), ("after=0000000000001.ci", "after"),
            ("q=\(String(repeating: "x", count: 1025))", "q"),
            ("client=\(String(repeating: "x", count: 1025))", "client"),
        ])
    func faults(text: String, field: String) throws {
        let fault = #expect(throws: DeskFault.self) { try query(text) }
        guard case .invalid(let faults)? = fault else { return #expect(Bool(false), "\(text)") }
        #expect(faults.map(\.field) == [field])
        #expect(faults.allSatisfy { $0.detail.hasPrefix("must") })
    }

    @Test("names the faults of all fields at once")
    func allFaults() throws {
        let fault = #expect(throws: DeskFault.self) { try query("address=x&sort=y&state=z") }
        guard case .invalid(let faults)? = fault else { return #expect(Bool(false)) }
        #expect(Set(faults.map(\.field)) == ["address", "sort", "state"])
    }

    @Test("with a login that nobody has, it lists nobody’s tokens and not everybody’s")
    func nobody() {
        #expect(throws: DeskFault.self) { try query("owner=alice", owner: false) }
    }

    @Test(
        "writes itself back, in one order and without what is empty",
        arguments: [
            ("", ""), ("q=&owner= &x=1", ""), ("sort=name&q=ci", "q=ci&sort=name"),
            ("state=paused&state=active&state=paused", ""),
            ("state=revoked&state=active&state=revoked", "state=revoked&state=active"),
            (
                "after=x&used_until=b&used_from=a&owner= alice ",
                "owner=alice&used_from=a&used_until=b&after=x"
            ),
        ])
    func pairs(from: String, to: String) {
        #expect(text(filter(from)) == to)
        #expect(filter(text(filter(from))) == filter(from))
    }

    @Test("a change of it begins at the first page")
    func changes() {
        let view = filter("owner=alice&state=revoked&sort=name&after=x")
        #expect(text(view.without(.owner)) == "state=revoked&sort=name")
        #expect(text(view.with(.sort, "owner")) == "state=revoked&owner=alice&sort=owner")
        #expect(text(view.fromStart) == "state=revoked&owner=alice&sort=name")
        #expect(view.narrowing == [.state, .owner])
    }

    @Test("the inventory reads a login as everywhere, whole and folded")
    func owners() async throws {
        let house = try TestHouse()
        let alice = try await house.person("alice")
        _ = try await house.person("alice2")
        let inventory = Inventory(ledger: house.ledger, services: [], clock: house.clock)
        #expect(try await inventory.query(filter("owner=Alice"), limit: 50).owner == alice.id)
        for nobody in ["alic", "a:b"] {
            await #expect(throws: DeskFault.self) {
                try await inventory.query(filter("owner=\(nobody)"), limit: 50)
            }
        }
    }
}
