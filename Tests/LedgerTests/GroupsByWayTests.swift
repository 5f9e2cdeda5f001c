import Ledger
import Testing

@Suite("Groups of both ways") struct GroupsByWayTests {
    @Test("are each told once, the claimed ones first, and no more than can be told")
    func all() {
        let groups = GroupsByWay(claimed: ["b", "a"], provisioned: ["a", "c"])
        #expect(groups.all == ["b", "a", "c"])
        let many = GroupsByWay(claimed: ["a"], provisioned: (0..<600).map { "g\($0)" })
        #expect(many.all.count == GroupName.limit)
        #expect(many.all.first == "a")
    }

    @Test(
        "are told unless a name could pass for two",
        arguments: [
            ("devs", true), ("Entwickler Süd", true), (String(repeating: "x", count: 200), true), ("", false),
            ("a,b", false), ("a\nb", false), ("a\u{0}", false), (String(repeating: "x", count: 201), false),
        ])
    func isTold(name: String, expected: Bool) {
        #expect(GroupName.isTold(name) == expected)
    }
}
