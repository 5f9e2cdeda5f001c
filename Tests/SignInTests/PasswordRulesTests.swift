import Foundation
import Testing
import Tokens

@testable import SignIn

@Suite("Passwords that people choose")
struct PasswordRulesTests {
    private func fault(_ password: String, login: String = "alice") throws -> PasswordFault? {
        let login = try Login(login)
        do throws(PasswordFault) {
            try PasswordRules.check(password, login: login, format: .standard)
            return nil
        } catch {
            return error
        }
    }

    /// Some 3,500 common passwords by frequency, from Debian's package `john-data`.
    private static let list = "/usr/share/john/password.lst"

    @Test("the most common passwords are refused, in any case")
    func commonest() throws {
        let text = try String(contentsOfFile: Self.list, encoding: .utf8)
        let common = text.split(separator: "\n").filter { !$0.hasPrefix("#!comment") && $0.count >= 8 }
        #expect(common.count > 600)
        let passed = try common.flatMap { [String($0), $0.uppercased(), $0.capitalized] }
            .filter { try fault($0) == nil }
        #expect(passed == [])
    }

    @Test(
        "variations of common passwords, and what a keyboard or a calendar offers, are refused",
        arguments: [
            "Passw0rd!", "password2026", "p@ssw0rd1", "Welcome123!", "Summer2026!", "harrypotter1",
            "letmein!!",
            "qwertyuiop1", "asdfghjkl;'", "12345678901", "aaaaaaaaaaaaaaaa", "abcdefghijklmn", "31.12.1999",
            "monkey-monkey", "jetonjeton", "PASSWORD1234", String(repeating: "password", count: 20),
            String(repeating: "12", count: 500),
        ])
    func variations(_ password: String) throws {
        #expect(try fault(password) == .tooCommon)
    }

    @Test(
        "a password that contains the login is refused",
        arguments: [
            ("alice", "alice"), ("alice", "ALICE through the looking-glass"),
            ("ALICE", "velvet alice harbor"),
            ("zoë.k", "ZOE\u{308}.K velvet harbor"), ("alice@example.com", "velvet alice harbor lamp"),
            ("alice@example.com", "Alice@Example.com and more"), ("al", "alalalalal"),
        ])
    func login(_ login: String, _ password: String) throws {
        let padded = password.count < PasswordRules.least ? password + password : password
        let found = try fault(padded, login: login)
        #expect(found == .containsLogin || (login.count < 4 && found == .tooCommon))
    }

    @Test(
        "passwords that nobody guesses are taken: no kind of character is demanded",
        arguments: [
            "correct horse battery", "correct horse battery staple", "four words that do not belong",
            "purple monkey dishwasher lamp", "velvet harbor nineteen pickles", "spoon planet curtain lemon",
            "kangaroo violin sandwich", "window glass frog umbrella", "abstract potato thunder",
            "sunset over mars at noon", "i like my coffee with salt", "the quick lamp swims",
            "zürich regnet im november", "ein kleines rotes fahrrad", "moje haslo jest dlugie",
            "дом на холме зеленый", "パスワード長いものがいい", "Gx8#kPq2!v", "qXv7-29kd-LLop", "Tr0ub4dor&3xyz!",
            "jtulip-anchor-72-marble", "kwxjvmzqtb", "83920174650213", "another long one",
        ])
    func good(_ password: String) throws {
        #expect(try fault(password) == nil)
    }

    @Test("a short login may stand within a word")
    func shortLogin() throws {
        #expect(try fault("alabaster velvet harbor", login: "al") == nil)
        #expect(try fault("correct horse battery", login: "o") == nil)
    }

    @Test("refusals say what to choose")
    func sentences() {
        for fault in [PasswordFault.tooCommon, .containsLogin] {
            #expect(fault.description.contains("four unrelated words"))
        }
    }
}
