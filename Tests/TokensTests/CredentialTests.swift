import Testing
import Tokens

@Suite("Credentials of a request")
struct CredentialTests {
    private let token = Credential.token(digest(Known.token), .nobody)

    private func isNotAToken(_ credential: Credential) -> Bool {
        if case .notAToken = credential { true } else { false }
    }

    @Test(
        "a header without a credential is ignored",
        arguments: [
            "", "Cookie", "X-Token", "Proxy-Authorization", "Authorization2", "Authorizatio", "Job-Tokens",
            "X-NuGet-ApiKeys", "X-JFrog-Art-Ap", "Deploy-Toke", "X-Original-URI",
            "WWW-Authenticate",
        ])
    func otherHeaders(name: String) {
        var credential = Credential.none
        let wasRead = credential.take(
            header: Array(name.utf8).span, value: Array(Known.token.utf8).span, format: .standard)
        #expect(!wasRead)
        #expect(credential == .none)
    }

    @Test(
        "the name of a header is read without regard to case",
        arguments: [
            "authorization", "AUTHORIZATION", "Private-Token", "private-token", "x-authentication-token",
        ])
    func names(name: String) {
        #expect(presented((name, Known.token)) == token)
    }

    private static let only = ["X-NuGet-ApiKey", "X-JFrog-Art-Api", "Job-Token", "deploy-token"]

    @Test("a header that may carry other things counts only where it holds a token", arguments: only)
    func others(name: String) {
        #expect(presented((name, Known.token)) == token)
        #expect(presented((name, " \(Known.token)\t")) == token)
        #expect(presented((name, Known.token), ("Authorization", "Bearer \(Known.token)")) == token)
        #expect(presented((name, Known.other), ("Authorization", "Bearer \(Known.token)")) == .several)
        #expect(presented((name, Known.token), ("Private-Token", "x")) == .several)
        // A key of another system is not ours.
        for foreign in [
            "oy2aabbcc", "", " ", "AKCp8xyz", String(Known.token.dropLast()), "\(Known.token)x", "\0",
        ] {
            #expect(presented((name, foreign)) == .none)
            #expect(presented((name, foreign), ("Authorization", "Bearer \(Known.token)")) == token)
            #expect(presented(("Authorization", "Bearer \(Known.token)"), (name, foreign)) == token)
            #expect(isNotAToken(presented((name, foreign), ("Authorization", basic("alice:secret")))))
        }
    }

    @Test(
        "spaces and tabs around a token are ignored",
        arguments: [
            "Bearer  \(Known.token)", " Bearer \(Known.token)\t", "\t\(Known.token) ", "TOKEN \(Known.token)",
            "Bearer\t\(Known.token)", "Bearer \t \(Known.token)", "bearer\t\t\(Known.token)",
            "token\t\(Known.token)",
        ])
    func blanks(value: String) {
        #expect(presented(("Authorization", value)) == token)
    }

    @Test(
        "text that is not a token is a credential all the same",
        arguments: [
            "Bearer", "Basic", "Bearer x", "Bearer \(Known.token)x", "Bearer \(Known.token) \(Known.token)",
            "Bearer \"\(Known.token)\"", "Bearer,\(Known.token)", "Digest username=\"a\"", "Negotiate YII=",
            "Basic !!!!", "Basic \(Known.token)", "Basic QQ", "Basic QUI=", "Basic QUI", "Basic Og==",
            "Basic =",
            "Basic YTpi\0", "\0", "Basic YWxpY2U6c2VjcmV0 YWxpY2U6c2VjcmV0", basic(":"), basic("alice:"),
            basic("alice"), basic(Known.token), basic("a:b:c"), basic("alice:\(Known.token) "),
            basic("alice: \(Known.token)"), basic("alice:\(Known.token)\0"), basic("\0:\0"),
        ])
    func notAToken(value: String) {
        #expect(isNotAToken(presented(("Authorization", value))))
    }

    @Test("a tab may follow Basic, too")
    func tab() {
        let value = basic("alice:\(Known.token)").replacing(" ", with: "\t ")
        #expect(presented(("Authorization", value)) == .token(digest(Known.token), PresentedLogin("alice")))
    }

    @Test("base64 is read with its padding or without it")
    func padding() {
        for login in ["", "a", "ab"] {
            let padded = basic("\(login):\(Known.token)")
            let bare = String(padded.reversed().drop { $0 == "=" }.reversed())
            let expected = Credential.token(digest(Known.token), PresentedLogin(login))
            #expect(presented(("Authorization", padded)) == expected)
            #expect(presented(("Authorization", bare)) == expected)
        }
    }

    @Test("a colon may be part of a password")
    func colon() {
        #expect(isNotAToken(presented(("Authorization", basic("a:b:\(Known.token)")))))
    }

    @Test("64 KiB of anything are read and refused")
    func large() {
        let values = [
            String(repeating: "A", count: 65_536), "Basic " + String(repeating: "QUJD", count: 16_384),
            "Bearer " + String(repeating: "x", count: 65_536),
            "Basic " + String(repeating: "=", count: 65_536),
            basic(String(repeating: ":", count: 49_152)), String(repeating: " ", count: 65_535) + "x",
        ]
        for value in values {
            // A boolean of its own, so that a failure does not print all of it.
            let isRefused = isNotAToken(presented(("Authorization", value)))
            #expect(isRefused)
        }
    }

    @Test("a long login does not hide a good token")
    func longLogin() {
        let login = String(repeating: "a", count: 49_152)
        #expect(
            presented(("Authorization", basic("\(login):\(Known.token)")))
                == .token(digest(Known.token), PresentedLogin(login)))
    }

    @Test("a header may contain any byte")
    func anyByte() {
        for byte in UInt8.min...UInt8.max {
            let value = Array("Bearer ".utf8) + [byte] + Array(Known.token.utf8.dropFirst())
            let credential = presented([("Authorization", value)])
            #expect(byte == UInt8(ascii: "j") ? credential == token : isNotAToken(credential))
        }
    }

    // MARK: More than one

    @Test(
        "the same token in several headers is one token, with the login that came with it",
        arguments: [
            ([Known.token, basic("alice:\(Known.token)")], "alice"),
            ([basic("alice:\(Known.token)"), Known.token], "alice"),
            ([basic("alice:\(Known.token)"), basic("alice:\(Known.token)")], "alice"),
            ([basic(":\(Known.token)"), basic("alice:\(Known.token)"), "Bearer \(Known.token)"], "alice"),
            (["Bearer \(Known.token)", Known.token], ""),
            (["", basic("alice:\(Known.token)"), ""], "alice"),
        ])
    func sameToken(values: [String], login: String) {
        let credential = presented(values.map { ("Authorization", Array($0.utf8)) })
        #expect(credential == .token(digest(Known.token), PresentedLogin(login)))
    }

    @Test(
        "two that differ are several credentials, in either order",
        arguments: [
            ("Bearer \(Known.token)", "Bearer \(Known.other)"),
            ("Bearer \(Known.token)", basic("alice:secret")),
            (basic("alice:\(Known.token)"), basic("bob:\(Known.token)")),
            (basic("alice:secret"), basic("alice:Secret")),
            ("Bearer x", "Bearer y"),
        ])
    func several(first: String, second: String) {
        #expect(presented(("Authorization", first), ("Authorization", second)) == .several)
        #expect(presented(("Authorization", second), ("Private-Token", first.secretPart)) == .several)
        #expect(
            presented(("Authorization", first), ("Authorization", second), ("Authorization", first))
                == .several)
    }

    @Test("the same wrong secret twice is one credential")
    func sameWrong() {
        let once = presented(("Authorization", basic("alice:secret")))
        #expect(presented(("Authorization", basic("alice:secret")), ("Private-Token", "secret")) == once)
        #expect(presented(("Authorization", basic("bob:secret"))) == once)
        #expect(presented(("Authorization", basic("alice:other"))) != once)
    }
}

extension String {
    /// The value of a header that takes only a token, for this `Authorization`.
    fileprivate var secretPart: String {
        hasPrefix("Bearer ") ? String(dropFirst(7)) : self
    }
}
