import HTTPServer
import Ledger
import TestHouse
import Testing
import Tokens

@testable import Gate

@Suite("Service accounts at the gate, in introspection and at saslauthd's socket")
struct ServiceAccountGateTests {
    let house: TestHouse
    let gate: GateHouse
    let ci: Subject

    init() async throws {
        house = try TestHouse()
        gate = try GateHouse(house)
        try await house.person("alice", groups: ["build-team"])
        ci = try await house.account("bot-ci", groups: ["ci"])
    }

    /// Alice leaves, who is its only steward.
    private func leave() async throws {
        let alice = try #require(try await house.ledger.subject(login: try Login("alice")))
        _ = try await house.ledger.suspend(
            alice.id, since: house.now, event: Event(.subjectSuspended, at: house.now, actor: nil))
    }

    @Test("a proxy and introspection name the account, and what it is; of a person they say no kind")
    func kind() async throws {
        let (token, secret) = try await house.token("ci", of: ci, scopes: ["maven:read"])
        let granted = await gate.ask("GET", "/verify/maven", ["Authorization": basic("bot-ci", secret)])
        #expect(granted.status == 200)
        #expect(granted.headers["Remote-User"] == "bot-ci")
        #expect(granted.headers["Remote-Kind"] == "service-account")
        #expect(
            await gate.post("/oauth/introspect", "token=\(secret.reveal())").text == """
                {"active":true,"aud":"maven","groups":["ci"],"iat":1769846400,\
                "iss":"https://tokens.example.com","jti":"\(token.id)","kind":"service-account",\
                "name":"bot-ci","scope":"maven:read","sub":"\(ci.id)","token_type":"Bearer",\
                "username":"bot-ci"}

                """)
        let carol = try await house.person("carol")
        let own = try await house.token("own", of: carol).secret
        let person = await gate.ask("GET", "/verify/maven", ["Authorization": basic("carol", own)])
        #expect(person.status == 200 && person.headers["Remote-Kind"] == nil)
        #expect(await !gate.post("/oauth/introspect", "token=\(own.reveal())").text.contains("kind"))
    }

    /// The answer of saslauthd's socket: `OK` or `NO`.
    private func saslauthd(_ login: String, _ secret: TokenSecret) throws -> String {
        String(try sentence(login, secret).prefix(2))
    }

    /// The answer of saslauthd's socket, whole.
    private func sentence(_ login: String, _ secret: TokenSecret) throws -> String {
        let socket = SaslauthdGate(
            index: house.index, uses: gate.uses, clock: house.clock,
            settings: .init(
                service: Service(name: try ServiceName("svn"), title: "Subversion"),
                desk: DeskAddress(publicURL: "https://tokens.example.com")))
        let answer = socket.answer(SaslauthdRequestTests.bytes(login, secret.reveal(), "svn", ""))
        return String(decoding: try #require(answer).bytes.dropFirst(2), as: UTF8.self)
    }

    @Test(
        "without a steward its tokens are refused after the grace, everywhere, and are good again with a new one"
    )
    func unattended() async throws {
        let secret = try await house.token("ci", of: ci).secret
        func answers() async throws -> [String] {
            let asked = await gate.ask("GET", "/verify/maven", ["Authorization": basic("bot-ci", secret)])
            let told = await gate.post("/oauth/introspect", "token=\(secret.reveal())").text
            return [
                "\(asked.status) \(asked.reason ?? "-")",
                told.contains("\"active\":true") ? "active" : told, try saslauthd("bot-ci", secret),
            ]
        }
        #expect(try await answers() == ["200 -", "active", "OK"])
        try await leave()
        house.pass(.days(29))
        #expect(try await answers() == ["200 -", "active", "OK"])
        house.pass(.days(1))
        #expect(try await answers() == ["403 account_unattended", "{\"active\":false}\n", "NO"])
        try await house.person("dora", groups: ["build-team"])
        #expect(try await answers() == ["200 -", "active", "OK"])
    }

    @Test(
        "a refusal leads to the form for the account's tokens, and one of a person's token to their own form")
    func links() async throws {
        let account = "https://tokens.example.com/accounts/\(ci.id)"
        let (revoked, secret) = try await house.token("ci", of: ci)
        try await house.revoke(revoked)
        let reading = try await house.token("reads", of: ci, scopes: ["maven:read"]).secret
        let carol = try await house.person("carol")
        let own = try await house.token("own", of: carol, scopes: ["maven:read"]).secret
        let maven = "?service=maven&access"
        for (login, secret, method, link) in [
            ("bot-ci", secret, "GET", "\(account)/new\(maven)=read"),
            ("bot-ci", reading, "PUT", "\(account)/new\(maven)=write"),
            ("carol", own, "PUT", "https://tokens.example.com/tokens/new\(maven)=write"),
        ] {
            let answer = await gate.ask(method, "/verify/maven", ["Authorization": basic(login, secret)])
            #expect(answer.headers["X-Jeton-Message"]?.hasSuffix(" \(link)") == true, "\(login)")
        }
        #expect(try sentence("bot-ci", secret).hasSuffix("\(account)/new?service=svn&access=write"))
        #expect(try sentence("alice", reading).hasSuffix("spelled as at \(account)"))
    }

    @Test("saslauthd takes the account's login, and no steward's")
    func logins() async throws {
        let secret = try await house.token("svn", of: ci).secret
        for (login, word) in [("bot-ci", "OK"), ("alice", "NO"), ("BOT-CI", "NO")] {
            #expect(try saslauthd(login, secret) == word, "\(login)")
        }
    }
}
