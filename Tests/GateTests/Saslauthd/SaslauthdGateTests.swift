import HTTPServer
import Ledger
import TestHouse
import Testing
import Tokens

@testable import Gate

@Suite("saslauthd's socket")
struct SaslauthdGateTests {
    let house: TestHouse
    let uses: UseRecorder

    init() throws {
        house = try TestHouse()
        uses = UseRecorder(ledger: house.ledger)
    }

    private func gate(_ access: Access = .write, realm: String? = nil) throws -> SaslauthdGate {
        SaslauthdGate(
            index: house.index, uses: uses, clock: house.clock,
            settings: .init(
                service: Service(name: try ServiceName("svn"), title: "Subversion"), access: access,
                realm: realm, desk: DeskAddress(publicURL: "https://tokens.example.com")))
    }

    /// The words of the answer.
    private func ask(
        _ gate: SaslauthdGate, _ login: String, _ password: String, program: String = "svn",
        realm: String = ""
    ) throws -> String {
        let answer = try #require(
            gate.answer(SaslauthdRequestTests.bytes(login, password, program, realm)))
        #expect(Int(answer.bytes[0]) << 8 | Int(answer.bytes[1]) == answer.bytes.count - 2)
        return String(decoding: answer.bytes.dropFirst(2), as: UTF8.self)
    }

    @Test("a good token is OK, counts as used, and is named in the log")
    func good() async throws {
        let alice = try await house.person("alice")
        let (token, secret) = try await house.token("svn", of: alice, scopes: ["svn:write"])
        let gate = try gate()
        #expect(try ask(gate, "alice", secret.reveal()) == "OK")
        #expect(try ask(gate, "alice", secret.reveal(), program: "a (program)") == "OK")
        #expect(try ask(gate, "alice", secret.reveal(), program: "") == "OK")
        let answer = gate.answer(SaslauthdRequestTests.bytes("alice", secret.reveal(), "svn", ""))
        #expect(answer?.agent == "saslauthd/svn")
        #expect(answer?.token == token.id.text)
        try await uses.flush()
        let rows = try await house.ledger.uses(of: token.id, since: house.clock.now)
        #expect(Set(rows.map(\.client)) == ["saslauthd svn", "saslauthd a", "saslauthd"])
        #expect(rows.allSatisfy { $0.service == "svn" && $0.address.isEmpty })
    }

    @Test("a sentence that is too long is cut between characters")
    func cut() async throws {
        for letters in 60..<70 {
            let gate = SaslauthdGate(
                index: house.index, uses: uses, clock: house.clock,
                settings: .init(
                    service: Service(
                        name: try ServiceName("svn"), title: String(repeating: "漢", count: letters)),
                    desk: DeskAddress(publicURL: "https://tokens.example.com")))
            let (_, secret) = try await house.token(
                "t\(letters)", of: try await house.person("user\(letters)"), scopes: ["git"])
            let answer = try #require(
                gate.answer(SaslauthdRequestTests.bytes("user\(letters)", secret.reveal(), "svn", "")))
            let words = Array(answer.bytes.dropFirst(2))
            #expect(words.count <= 200)
            #expect(String(validating: words, as: UTF8.self) != nil)
        }
    }

    @Test("each denial has its sentence")
    func denials() async throws {
        let alice = try await house.person("alice", email: "alice@example.com")
        let good = try await house.token("good", of: alice).secret.reveal()
        let revoked = try await house.token("revoked", of: alice)
        try await house.revoke(revoked.token)
        let reader = try await house.token("reader", of: alice, scopes: ["svn:read"]).secret.reveal()
        let other = try await house.token("other", of: alice, scopes: ["git"]).secret.reveal()
        let narrow = try await house.token("narrow", of: alice, scopes: ["svn:/trunk"]).secret.reveal()
        let bound = try await house.token("bound", of: alice, addresses: ["127.0.0.1"]).secret.reveal()
        let desk = "https://tokens.example.com/tokens"
        let form = "\(desk)/new?service=svn&access=write"
        let another =
            "NO this token belongs to another login; log in as its owner, spelled as at \(desk)"
        let rows: [(String, String, String)] = [
            (
                "alice", "hunter2",
                "NO this is not a token, and passwords are not accepted here; create a token at \(form)"
            ),
            (
                "alice", "",
                "NO this is not a token, and passwords are not accepted here; create a token at \(form)"
            ),
            ("alice", revoked.secret.reveal(), "NO this token was revoked; create a new one at \(form)"),
            (
                "alice", reader,
                "NO this token may not write at Subversion; create one that may write: \(form)"
            ),
            ("alice", other, "NO this token may not write at Subversion; create one that may write: \(form)"),
            ("mallory", good, another),
            (
                "alice", narrow,
                "NO this token may not write at Subversion; create one that may write: \(form)"
            ),
            (
                "alice", bound,
                "NO this token may not be used from an unknown address; use it from where it is allowed, or create one for this address at \(form)"
            ),
        ]
        for (login, password, words) in rows {
            #expect(try ask(gate(), login, password) == words)
        }
        #expect(try ask(gate(.read), "alice", reader) == "OK")
    }

    @Test(
        "what the program would take for another person is refused, though a proxy would let it pass",
        arguments: ["", "__token__", "oauth2", "alice@example.com", "TOKEN"])
    func loginsOfNobody(_ login: String) async throws {
        let alice = try await house.person("alice", email: "alice@example.com")
        let secret = try await house.token("svn", of: alice).secret.reveal()
        let isToken = login == "TOKEN"
        let answer = try ask(gate(), isToken ? secret : login, isToken ? "" : secret)
        #expect(answer.hasPrefix("NO this token belongs to another login"))
    }

    @Test(
        "another spelling of the owner's login is another login to the program, so it is refused",
        arguments: [
            ("alice", ["ALICE", "Alice", "alice ", " alice", "al\u{200D}ice"]),
            ("Kim", ["kim", "\u{212A}im"]),
            ("kim", ["\u{212A}im", "KIM"]), ("Émile", ["émile", "E\u{301}mile"]),
            ("e\u{301}mile", ["émile", "E\u{301}mile"]),
            ("guest#EXT#@example.com", ["guest#ext#@example.com"]),
        ])
    func spellings(_ login: String, _ others: [String]) async throws {
        let secret = try await house.token("svn", of: try await house.person(login)).secret.reveal()
        #expect(try ask(gate(), login, secret) == "OK")
        for other in others {
            #expect(try ask(gate(), other, secret).hasPrefix("NO this token belongs to another login"))
        }
        #expect(try ask(gate(realm: "Kelvin"), login, secret, realm: "Kelvin") == "OK")
        #expect(
            try ask(gate(realm: "Kelvin"), login, secret, realm: "\u{212A}elvin")
                .hasPrefix("NO this token belongs to another login"))
    }

    @Test(
        "a realm is the login's end, or what the program adds by itself",
        arguments: [
            ("alice", "", nil, true), ("alice", "", "Projects", true),
            ("alice", "Projects", "Projects", true),
            ("alice", "Projects", nil, false), ("alice", "example.com", "Projects", false),
            ("bob", "example.com", nil, true), ("bob@example.com", "", nil, true),
            ("bob", "example.org", nil, false), ("bob", "", nil, false),
            ("bob", "example.com", "Projects", false), ("bob@example.com", "Projects", "Projects", true),
        ])
    func realms(_ login: String, _ realm: String, _ configured: String?, _ isGood: Bool) async throws {
        let name = login.hasPrefix("bob") ? "bob@example.com" : "alice"
        let secret = try await house.token("svn", of: try await house.person(name)).secret.reveal()
        let answer = try ask(gate(realm: configured), login, secret, realm: realm)
        #expect(answer.hasPrefix(isGood ? "OK" : "NO this token belongs to another login"))
    }

    @Test("what is no question is told so, and what is not whole yet is waited for")
    func notWhole() throws {
        let gate = try gate()
        #expect(gate.answer([]) == nil)
        #expect(gate.answer([0, 5, 1]) == nil)
        let answer = try #require(gate.answer(Array("GET / HTTP/1.1\r\n\r\n".utf8)))
        #expect(
            String(decoding: answer.bytes.dropFirst(2), as: UTF8.self)
                == "NO this is not the protocol of saslauthd")
        #expect(answer.reason == "malformed")
    }

    @Test("a login that is no UTF-8 is refused")
    func notText() async throws {
        let alice = try await house.person("alice")
        let secret = Array(try await house.token("svn", of: alice).secret.reveal().utf8)
        let bytes: [UInt8] = [0, 1, 0xE9, 0, UInt8(secret.count)] + secret + [0, 0, 0, 0]
        #expect(try gate().answer(bytes)?.reason == "wrong_login")
    }
}
