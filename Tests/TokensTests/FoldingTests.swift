import Testing
import Tokens

@Suite("What people type is compared in one folding")
struct FoldingTests {
    @Test(
        "in any case and normal form",
        arguments: [
            ("alice", ["Alice", "ALICE"]), ("émile", ["Émile", "e\u{301}mile", "E\u{301}MILE"]),
            ("kim", ["\u{212A}im", "KIM"]), ("å", ["\u{212B}", "A\u{30A}", "a\u{30A}"]),
            ("ω", ["\u{2126}", "Ω"]), ("가", ["\u{1100}\u{1161}"]), ("алиса", ["АЛИСА"]),
            ("a b", ["A B"]), ("i\u{307}", ["\u{130}", "I\u{307}"]), ("", [""]),
        ])
    func folds(folded: String, typed: [String]) {
        for text in [folded] + typed {
            #expect(Array(text.folded.utf8) == Array(folded.utf8))
            #expect(text.folded.folded.isExactly(text.folded))
        }
    }

    @Test("canonically equal texts fold to one, and folding twice changes nothing")
    func everyScalar() {
        var wrong: [UInt32] = []
        for value in UInt32(0)..<0x20000 {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let text = "x\(scalar)\u{301}"
            let folded = text.folded
            let isStable = folded.folded.isExactly(folded) && text.normalized.folded.isExactly(folded)
            if !isStable || !text.normalized.normalized.isExactly(text.normalized) { wrong.append(value) }
        }
        #expect(wrong == [])
    }

    @Test("all ways of writing a login count as one account")
    func attempts() throws {
        let login = "Zoë.K"
        let spellings = [login, "zoe\u{308}.k", "ZOE\u{308}.\u{212A}", "zoë.\u{212A}"]
        #expect(Set(spellings.map { AttemptKey.account(typed: $0) }).count == 1)
        #expect(Set(spellings.map { AttemptKey.account(typed: $0).digest }).count == 1)
        #expect(Set(try spellings.map { try Login($0) }).count == 1)
        #expect(Set(try spellings.map { try Login($0).folded.utf8.map(\.self) }).count == 1)
        let names = try spellings.map { try TokenName($0) }
        #expect(names.allSatisfy { $0.isSame(as: names[0]) })
    }

    @Test("a login that is too long counts by its beginning")
    func longAttempts() {
        let long = String(repeating: "a", count: 2000)
        #expect(AttemptKey.account(typed: long) == AttemptKey.account(typed: long + "b"))
    }
}
