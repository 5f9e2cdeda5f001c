import Testing
import Tokens

@testable import Gate

@Suite("Counting uses")
struct UseTalliesTests {
    private let now = Timestamp(milliseconds: 1_800_000_000_000)

    private func add(
        _ tallies: inout UseTallies, _ owner: Int64, agent: String = "curl/8", address: UInt32 = 1,
        hint: TallySlot = .unknown
    ) -> TallySlot {
        let (service, agent) = (Array("maven".utf8), Array(agent.utf8))
        return tallies.add(
            owner, service: service.span, address: IPAddress(v4: address), userAgent: agent.span, at: now,
            hint: hint)
    }

    @Test(
        "a hint that is wrong counts nothing falsely", arguments: [UInt32.max, 0, 1, 7, 1 << 31])
    func hint(place: UInt32) {
        var tallies = UseTallies()
        let first = add(&tallies, 1)
        let second = add(&tallies, 2, agent: "git/2")
        let hint = TallySlot(rawValue: place)
        #expect(add(&tallies, 1, hint: hint) == first)
        #expect(add(&tallies, 2, agent: "git/2", hint: hint) == second)
        #expect(tallies.uses.map(\.owner) == [1, 2])
        #expect(tallies.uses.map(\.count) == [2, 2])
        #expect(tallies.uses.map(\.userAgent) == ["curl/8", "git/2"])
    }

    @Test("beyond the bound no count is lost; what is new goes without address and client")
    func bounded() {
        var tallies = UseTallies()
        let many = UseTallies.capacity + 5000
        for number in 0..<many { _ = add(&tallies, Int64(number % 10), address: UInt32(number)) }
        let uses = tallies.uses
        #expect(uses.map(\.count).reduce(0, +) == many)
        #expect(uses.count == UseTallies.capacity + 10)
        let plain = uses.filter { $0.address == nil }
        #expect(plain.count == 10)
        #expect(plain.allSatisfy { $0.userAgent == "" && $0.count == 500 })
    }

    @Test("texts have a number each; those beyond the bound have that of none")
    func texts() {
        var table = TextTable()
        func number(_ text: String) -> UInt32 {
            let bytes = Array(text.utf8)
            return table.number(of: bytes.span)
        }
        #expect(number("") == 0)
        let first = number("a")
        #expect(number("b") != first)
        #expect(number("a") == first)
        #expect(table.text(first) == "a")
        for index in 0..<TextTable.capacity { _ = number("text \(index)") }
        #expect(number("one more") == 0)
        #expect(table.texts.count == TextTable.capacity)
        #expect(number("a") == first)
    }

    @Test("of a client's own words only so many are kept")
    func longAgent() {
        var tallies = UseTallies()
        _ = add(&tallies, 1, agent: String(repeating: "x", count: 10_000))
        #expect(tallies.uses.map(\.userAgent.utf8.count) == [200])
    }
}
