import Ledger
import Testing
import Tokens

@Suite("Groups of both sources") struct GroupsByWayTests {
    @Test("each appear once, the claimed ones first, however many there are")
    func all() {
        let groups = GroupsByWay(claimed: ["b", "a"], provisioned: ["a", "c"])
        #expect(groups.all == ["b", "a", "c"])
        let many = GroupsByWay(claimed: ["a"], provisioned: (0..<600).map { "g\($0)" })
        #expect(many.all.count == 601)
        #expect(many.all.first == "a")
    }

    @Test("are kept up to the limit; beyond it the named ones first, then as many as there is room for")
    func kept() {
        let few = (0..<GroupName.limit).map { "g\($0)" }
        #expect(GroupName.kept(few, named: ["g7"]) == few)
        let many = ["z"] + few + ["named"]
        let kept = GroupName.kept(many, named: ["named", "nobody's"])
        #expect(kept.count == GroupName.limit)
        #expect(kept.prefix(4) == ["named", "g0", "g1", "g10"])
        #expect(GroupName.kept(many.reversed(), named: ["named"]) == kept)
        #expect(GroupName.kept(many, named: many) == many)
        // A name that only looks the same does not count.
        #expect(["K", "\u{212A}", "K"].uniqued().count == 2)
        #expect(!["K"].sharesAny(of: ["\u{212A}"]))
    }

    @Test(
        "are sent unless a name could be taken for two",
        arguments: [
            ("devs", true), ("Entwickler Süd", true), (String(repeating: "x", count: 200), true), ("", false),
            ("a,b", false), ("a\nb", false), ("a\u{0}", false), (String(repeating: "x", count: 201), false),
        ])
    func isTold(name: String, expected: Bool) {
        #expect(GroupName.isTold(name) == expected)
    }
}
