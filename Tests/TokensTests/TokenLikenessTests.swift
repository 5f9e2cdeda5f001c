import Foundation
import Testing
import Tokens

@Suite("What looks like a token")
struct TokenLikenessTests {
    private func likeness(_ text: String, _ format: TokenFormat = .standard) -> TokenLikeness {
        format.likeness(of: Array(text.utf8).span)
    }

    /// What tools, keyboards and people put around a token.
    static let holding: [String] = [
        " \(Known.token)", "\(Known.token)\n", "\(Known.token)\r\n", "\u{FEFF}\(Known.token)",
        "\u{A0}\(Known.token)",
        "\"\(Known.token)\"", "'\(Known.token)'", "“\(Known.token)”", "<\(Known.token)>", "`\(Known.token)`",
        "Bearer \(Known.token)", "token=\(Known.token)", "alice:\(Known.token)", "password: \(Known.token)",
        "\(Known.token)\(Known.token)", "\(Known.token).", "x\(Known.token)x",
        "https://\(Known.token)@example.com",
    ]

    /// What is left of a token that was cut off or mistyped.
    static let broken: [String] = [
        String(Known.token.dropLast()), String(Known.token.dropLast(22)), "jtn_",
        "J\(Known.token.dropFirst())", "JTN_\(Known.token.dropFirst(4))", String(Known.token.dropFirst(4)),
        String(Known.token.dropFirst()), "jtm_\(Known.token.dropFirst(4))", "\(Known.token.dropLast())3",
        "\"\(Known.token.dropLast())3\"", "Bearer \(Known.token.dropLast(5))",
        "\(Known.token.prefix(25)) \(Known.token.dropFirst(25))", "jtn_hunter2",
    ]

    /// What people have for passwords.
    static let passwords: [String] = [
        "", "hunter2", "correct horse battery staple", "jt_n", "my jtn_", "my jtn_secret", "0gITR2",
        String(repeating: "a", count: 38), String(repeating: "x", count: 1000),
        String(Known.token.dropFirst(5)),
        "0123456789ABCDEFGHIJKLMNOPQRSTUV0gITR3",
        "dGhpcyBpcyBhIGxvbmcgcGFzc3dvcmQgdGhhdCBsb29rcyBsaWtlIGJhc2U2NA==",
        "p\0q", "\0",
    ]

    @Test("a whole token is found whatever stands around it", arguments: holding)
    func holds(text: String) { #expect(likeness(text) == .holdsToken) }

    @Test("a token that was cut off or mistyped is told from a password", arguments: broken)
    func isBroken(text: String) { #expect(likeness(text) == .brokenToken) }

    @Test("a password is left in peace", arguments: passwords)
    func isNone(text: String) { #expect(likeness(text) == .none) }

    @Test("a token is found in UTF-16 and in base64")
    func encoded() {
        let wide: [UInt8] = [0xFF, 0xFE] + Known.token.utf8.flatMap { [$0, UInt8(0)] }
        #expect(TokenFormat.standard.likeness(of: wide.span) == .holdsToken)
        for text in [Known.token, "\(Known.token)\n", "alice:\(Known.token)"] {
            let encoded = Data(text.utf8).base64EncodedString()
            #expect(likeness(encoded) == .holdsToken)
            #expect(likeness("\(encoded)\n") == .holdsToken)
        }
    }

    @Test("another prefix has lookalikes of its own, and a short one leaves words in peace")
    func prefixes() throws {
        let format = try #require(TokenFormat(prefix: "a_"))
        let token = format.makeSecret().reveal()
        #expect(likeness("\"\(token)\"", format) == .holdsToken)
        #expect(likeness(String(token.dropLast()), format) == .brokenToken)
        #expect(likeness("banana_split1234", format) == .none)
        #expect(likeness(Known.token, format) == .none)
    }

    @Test("64 KiB of prefixes take no longer than 64 KiB of anything")
    func large() {
        let texts = ["jtn_", "jtn_0123456789ABCDEFGHIJKLMNOPQRSTUV0gITR3", "A"].map {
            Array(String(repeating: $0, count: 65_536 / $0.utf8.count).utf8)
        }
        let times = texts.map { text in
            (0..<5).map { _ in
                ContinuousClock().measure { _ = TokenFormat.standard.likeness(of: text.span) }
            }.min() ?? .zero
        }
        for time in times { #expect(time < .milliseconds(200)) }
    }
}
