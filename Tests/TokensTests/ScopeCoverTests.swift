import Testing

@testable import Tokens

@Suite("Whether scopes cover others")
struct ScopeCoverTests {
    @Test(
        "a scope covers what allows no more",
        arguments: [
            ("git", "git"), ("git", "git:write"), ("git", "git:read"), ("git", "git:/team"),
            ("git", "git:read:/team/app.git"), ("git:write", "git:write"), ("git:write", "git:read"),
            ("git:write", "git:read:/team"), ("git:write:/team", "git:read:/team/app.git"),
            ("git:/team", "git:write:/team"), ("git:read:/team", "git:read:/team"),
            ("maven git:read", "git:read:/x"), ("", "git"), ("", "git:write:/team"),
            ("jeton:manage git", "jeton:manage"), ("jeton:scim", "jeton:scim"),
        ])
    func covered(scopes: String, scope: String) throws {
        #expect(try #require(Scopes(text: scopes)).covers(try #require(Scope(scope))))
    }

    @Test(
        "and nothing that allows more, or something else",
        arguments: [
            ("git:read", "git:write"), ("git:read", "git"), ("git:write", "git"), ("git", "maven"),
            ("git", "gitx"), ("git:/team", "git"), ("git:/team", "git:read"), ("git:/team", "git:/tea"),
            ("git:/team", "git:/teams"), ("git:/team", "git:/team.git"), ("git:/team/app", "git:/team"),
            ("git:/team", "git:/Team"), ("git:read:/team", "git:write:/team"),
            ("git:read:/team", "git:/team"), ("git:read git:write:/team", "git:write"),
            ("git:/a git:/b", "git"), ("", "jeton:manage"), ("", "jeton:rotate"), ("", "jeton:scim"),
            ("git", "jeton:rotate"), ("jeton:manage", "jeton:rotate"), ("jeton:manage", "jeton:scim"),
            ("jeton:manage", "git"),
        ])
    func notCovered(scopes: String, scope: String) throws {
        #expect(try !(#require(Scopes(text: scopes)).covers(try #require(Scope(scope)))))
    }

    @Test("no request is allowed by a covered scope and refused by what covers it")
    func neverMore() throws {
        let paths = ["", ":/a", ":/a/b", ":/a/b/c", ":/ab", ":/b"]
        let names = ["git", "maven"].flatMap { name in
            ["", ":read", ":write"].flatMap { access in paths.map { name + access + $0 } }
        }
        let scopes = try names.map { try #require(Scope($0)) }
        let services = try ["git", "maven"].map {
            Service(name: try ServiceName($0), url: ServiceURL("https://host/\($0)/"))
        }
        var covered = 0
        for wide in scopes {
            for narrow in scopes where Scopes([wide]).covers(narrow) {
                covered += 1
                for service in services {
                    for target in ["", "/a", "/a/b", "/a/b/c", "/a/b/c/d", "/ab", "/b", "/a/bc"] {
                        for access in [Access.read, .write] {
                            let path = Array("/\(service.name)\(target)".utf8)
                            let request = ServiceRequest(
                                access, from: nil, original: path.span, forwarded: nil, proxyPath: nil,
                                destination: nil)
                            let allows = Scopes([narrow]).cover(service, request)
                            #expect(!allows || Scopes([wide]).cover(service, request), "\(wide) \(narrow)")
                        }
                    }
                }
            }
        }
        #expect(covered > scopes.count)
    }

    @Test(
        "addresses cover the ranges within them",
        arguments: [
            ("10.0.0.0/8", "10.1.0.0/16", true), ("10.0.0.0/8", "10.0.0.0/8", true),
            ("10.0.0.0/8", "10.2.3.4", true), ("10.0.0.0/8", "11.0.0.0/8", false),
            ("10.1.0.0/16", "10.0.0.0/8", false), ("0.0.0.0/0", "10.0.0.0/8", true),
            ("2001:db8::/32", "2001:db8:1::/48", true), ("2001:db8:1::/48", "2001:db8::/32", false),
            ("::/0", "10.0.0.0/8", true), ("10.0.0.0/8", "::/0", false),
            ("::ffff:0:0/96", "10.0.0.0/8", true), ("10.0.0.0/8 11.0.0.0/8", "11.1.1.1 10.1.1.1", true),
            ("", "10.0.0.0/8", true), ("", "", true), ("0.0.0.0/0", "", false),
        ])
    func addresses(wide: String, narrow: String, isCovered: Bool) {
        func ranges(_ text: String) -> [AddressRange] {
            text.split(separator: " ").compactMap { AddressRange(String($0)) }
        }
        #expect(ranges(wide).cover(ranges(narrow)) == isCovered)
    }
}

@Suite("A token's description")
struct TokenDescriptionTests {
    @Test("loses the spaces around it, and may be empty")
    func plain() throws {
        #expect(try Token.description(from: "  for the nightly build ") == "for the nightly build")
        #expect(try Token.description(from: "") == "")
        #expect(try Token.description(from: "   ") == "")
        #expect(try Token.description(from: String(repeating: "é", count: 500)).count == 500)
    }

    @Test(
        "has at most 500 characters and no control characters",
        arguments: ["a\nb", "a\u{0}", "\n", "a\u{202E}b"])
    func refused(text: String) {
        #expect(throws: TextFault.self) { try Token.description(from: text) }
        #expect(throws: TextFault.tooLong(limit: 500)) {
            try Token.description(from: String(repeating: "x", count: 501))
        }
    }
}

@Suite("A secret within a text")
struct FoundSecretTests {
    @Test(
        "is found wherever it stands",
        arguments: [
            Known.token, " \(Known.token)\n", "password = \"\(Known.token)\"", "é\(Known.token)x",
            "https://alice:\(Known.token)@git.example.com/", "\(Known.token)\(Known.other)",
        ])
    func found(text: String) {
        #expect(TokenFormat.standard.secret(in: text)?.digest == digest(Known.token))
    }

    @Test(
        "is not found where it is damaged", arguments: ["", "jtn_", String(Known.token.dropLast()), "alice"])
    func missing(text: String) {
        #expect(TokenFormat.standard.secret(in: text) == nil)
    }
}
