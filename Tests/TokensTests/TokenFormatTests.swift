import Testing
import Tokens

@Suite("The form of a token")
struct TokenFormatTests {
    private let format = TokenFormat.standard
    private static let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")

    private func isToken(_ text: String) -> Bool { format.parse(text) != nil }

    @Test("tokens created by another program are read", arguments: Known.tokens)
    func known(token: String) throws {
        let secret = try #require(format.parse(token))
        #expect(secret.reveal() == token)
        #expect(secret.digest == digest(token))
    }

    @Test("a new token has 42 characters in the published form")
    func published() throws {
        let token = format.makeSecret().reveal()
        #expect(format.length == 42)
        #expect(try #/jtn_[0-9A-Za-z]{38}/#.wholeMatch(in: token) != nil)
        #expect(isToken(token))
    }

    @Test("a thousand new tokens are read back, and no two are the same")
    func roundTrip() throws {
        let tokens = (0..<1000).map { _ in format.makeSecret() }
        for token in tokens {
            let read = try #require(format.parse(token.reveal()))
            #expect(read.digest == token.digest)
        }
        #expect(Set(tokens.map(\.digest)).count == tokens.count)
    }

    @Test("any one character changed is refused", arguments: Known.tokens + fresh)
    func changed(token: String) {
        let others = Self.alphabet + ["_", "-", " ", "\n", "\0", "/", "é", "～"]
        var characters = Array(token)
        for index in characters.indices {
            let right = characters[index]
            for wrong in others where wrong != right {
                characters[index] = wrong
                #expect(!isToken(String(characters)), "position \(index): \(right) became \(wrong)")
            }
            characters[index] = right
        }
    }

    @Test("any one character dropped or doubled is refused", arguments: Known.tokens + fresh)
    func droppedOrDoubled(token: String) {
        let characters = Array(token)
        for index in characters.indices {
            #expect(!isToken(String(characters[..<index] + characters[(index + 1)...])))
            #expect(!isToken(String(characters[...index] + characters[index...])))
        }
    }

    @Test("any two neighbours swapped are refused", arguments: Known.tokens + fresh)
    func swapped(token: String) {
        var characters = Array(token)
        for index in characters.indices.dropLast() where characters[index] != characters[index + 1] {
            characters.swapAt(index, index + 1)
            #expect(!isToken(String(characters)), "positions \(index) and \(index + 1)")
            characters.swapAt(index, index + 1)
        }
    }

    static let fresh = (0..<5).map { _ in TokenFormat.standard.makeSecret().reveal() }

    @Test("every character is equally likely")
    func unbiased() {
        let tokens = 10_000
        var counts: [Character: Int] = [:]
        for _ in 0..<tokens {
            for character in format.makeSecret().reveal().dropFirst(4).prefix(32) {
                counts[character, default: 0] += 1
            }
        }
        #expect(Set(counts.keys) == Set(Self.alphabet))
        let expected = Double(tokens * 32) / 62
        let chiSquare = counts.values.reduce(0) { sum, count in
            sum + (Double(count) - expected) * (Double(count) - expected) / expected
        }
        // 61 degrees of freedom: more than 153 happens to an unbiased source less than once in
        // 10⁹ runs. Bytes taken modulo 62 would come to some 2000.
        #expect(chiSquare < 153)
    }

    @Test("what is not a token at all is refused", arguments: ["", "jtn_", "password", "JTN_", "42"])
    func notAToken(text: String) {
        #expect(!isToken(text))
    }

    @Test("the prefix is the operator's choice", arguments: ["acme_", "a_", "a1_", "abcdefghijklmno_"])
    func prefix(text: String) throws {
        let custom = try #require(TokenFormat(prefix: text))
        #expect(custom.prefix == text)
        #expect(custom.length == text.count + 38)
        let token = custom.makeSecret().reveal()
        #expect(token.hasPrefix(text) && token.count == custom.length)
        #expect(custom.parse(token) != nil)
        #expect(!isToken(token))
        #expect(custom.parse(Known.token) == nil)
    }

    @Test("another program's token with a prefix of its own is read")
    func knownWithPrefix() throws {
        let custom = try #require(TokenFormat(prefix: "acme_"))
        #expect(custom.parse("acme_TheQuickBrownFoxJumpsOverTheLazy1cgIPx") != nil)
    }

    @Test(
        "a prefix of another form is refused",
        arguments: ["", "_", "jtn", "1a_", "a__", "Jtn_", "a-b_", "é_", "a b_", "abcdefghijklmnop_", "a_b"])
    func badPrefix(text: String) {
        #expect(TokenFormat(prefix: text) == nil)
    }

    @Test(
        "a token is found wherever it was pasted",
        arguments: [
            Known.token, "  \(Known.token)\n", "token: \(Known.token).", "jtn_\(Known.token)",
            "https://\(Known.token)@example.com/", "é\(Known.token)é",
        ])
    func found(text: String) {
        #expect(format.isFound(in: text))
    }

    @Test(
        "a text without a whole token is not taken for one",
        arguments: [
            "", "jtn_", "correct horse battery staple", String(Known.token.dropLast()),
            "jtn_ \(Known.token.dropFirst(4))",
        ])
    func notFound(text: String) {
        #expect(!format.isFound(in: text))
    }
}
