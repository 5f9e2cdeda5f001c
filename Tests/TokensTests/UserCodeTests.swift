import Testing
import Tokens

@Suite("Codes that people type")
struct UserCodeTests {
    @Test("are read in every form that people type")
    func typed() throws {
        let code = UserCode.make()
        let letters = code.text.filter { $0 != "-" }
        for form in [
            code.text, letters, code.text.lowercased(), " \(letters.prefix(4)) \(letters.suffix(4)) ",
            "\(letters.prefix(4))–\(letters.suffix(4))",
        ] {
            #expect(UserCode(typed: form) == code)
            #expect(UserCode(typed: form)?.digest == code.digest)
        }
    }

    @Test(
        "anything else is no code",
        arguments: [
            "", "BCDF", "BCDF-GHJ", "BCDF-GHJKL", "ACDF-GHJK", "BCDF-GHJ1", "BCDFGHJK\u{0}", "ＢCDF-GHJK",
        ])
    func others(text: String) {
        #expect(UserCode(typed: text) == nil)
    }
}

@Suite("Proofs of codes")
struct CodeProofTests {
    @Test("the example of RFC 7636, appendix B")
    func example() {
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        #expect(CodeProof.isChallenge(challenge))
        #expect(CodeProof.matches(verifier: verifier, challenge: challenge))
        #expect(!CodeProof.matches(verifier: challenge, challenge: challenge))
        #expect(!CodeProof.matches(verifier: "", challenge: challenge))
    }

    @Test("no challenge", arguments: ["", "E9Melhoa", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM"])
    func bad(text: String) {
        #expect(!CodeProof.isChallenge(text))
    }
}
