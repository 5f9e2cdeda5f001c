import Testing

@testable import PasswordStrength

@Suite("The strength of passwords")
struct PasswordStrengthTests {
    private func bits(_ password: String, _ words: [String] = []) -> Double {
        PasswordStrength.bits(of: password, guessingFirst: words)
    }

    @Test("common words take few guesses, and unknown ones many")
    func words() {
        #expect(bits("password") < 5)
        #expect(bits("velvet harbor nineteen pickles") > 60)
        #expect(bits("") == 0)
    }

    @Test(
        "words that the caller names are guessed first, in either case", arguments: ["xqvzkwjy", "XQVZKWJY"])
    func named(_ word: String) {
        #expect(bits("xqvzkwjy") > 30)
        #expect(bits("xqvzkwjy", ["zoë", word, "other"]) < 10)
        #expect(bits("xqvzkwjy", ["", "zoë"]) > 30)
    }

    @Test("a long password is judged by its beginning, so that none takes long")
    func beginning() {
        let digits = String(repeating: "12", count: 500)
        #expect(bits(digits) == bits(String(digits.prefix(PasswordStrength.judged))))
        // Within a character of several bytes, too.
        #expect(bits("a" + String(repeating: "é", count: 500)) > 10)
    }

    @Test("many threads may ask at once")
    func threads() async {
        let expected = bits("tulip anchor 72")
        let answers = await withTaskGroup(of: Double.self, returning: [Double].self) { group in
            for _ in 0..<200 { group.addTask { bits("tulip anchor 72", ["anchor" + "x"]) } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers.count == 200 && Set(answers) == [expected])
    }
}
