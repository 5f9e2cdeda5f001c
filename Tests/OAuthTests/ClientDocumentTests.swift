import Curl
import JSON
import Synchronization
import TestHouse
import Testing
import Tokens

@testable import OAuth

@Suite("A program whose client_id is the address of its metadata")
struct ClientDocumentTests {
    private static let id = "https://code.example/oauth/client.json"
    private static let document: JSONValue = [
        "client_id": .string(id), "client_name": "Example Code", "logo_uri": "https://code.example/logo.svg",
        "redirect_uris": ["http://127.0.0.1/callback", "https://code.example/redirect", "code:/callback"],
        "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"],
        "token_endpoint_auth_method": "none",
    ]

    /// What was fetched, and from where.
    private final class Web: Sendable {
        let addresses: [String]
        let answer: Result<ClientDocumentFetch.Answer, HTTPClientError>
        let asked = Mutex<[String]>([])

        init(
            _ answer: Result<ClientDocumentFetch.Answer, HTTPClientError>,
            at addresses: [String] = ["93.184.215.14"]
        ) {
            (self.answer, self.addresses) = (answer, addresses)
        }

        convenience init(
            status: Int = 200, type: String = "application/json", _ body: String,
            at addresses: [String] = ["93.184.215.14"]
        ) {
            self.init(
                .success(.init(status: status, type: type, body: Array(body.utf8))), at: addresses)
        }

        var fetch: ClientDocumentFetch {
            ClientDocumentFetch(
                resolve: { _ in self.addresses },
                get: { (url, pinned) throws(HTTPClientError) in
                    self.asked.withLock { $0.append("\(url) at \(pinned)") }
                    return try self.answer.get()
                })
        }
    }

    private func documents(
        _ web: Web, _ policy: ClientDocumentPolicy = .any, clock: Clock = Clock { Timestamp(seconds: 1000) }
    ) -> ClientDocuments {
        ClientDocuments(policy: policy, fetch: web.fetch, clock: clock)
    }

    private func client(_ id: String = id, of documents: ClientDocuments, for person: Int64 = 1) async throws
        -> OAuthClient
    {
        try await documents.client(
            at: try #require(ClientDocumentAddress(id)), for: SubjectID(number: person))
    }

    @Test("is known by what is there, and its host stands beside the name that it chose")
    func known() async throws {
        let web = Web(Self.document.text)
        let found = try await client(of: documents(web))
        #expect(found.id == Self.id)
        #expect(found.title == "Example Code (code.example)")
        #expect(
            found.redirectURIs.map(\.text) == ["http://127.0.0.1/callback", "https://code.example/redirect"])
        #expect(found.source == .document(host: "code.example"))
        #expect(web.asked.withLock { $0 } == ["\(Self.id) at code.example:443:93.184.215.14"])
    }

    /// A document that lies, with the beginning of the reason.
    struct Lie: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let reason: String
        let change: @Sendable (inout [String: JSONValue]) -> Void

        init(
            _ name: String, _ reason: String,
            _ change: @escaping @Sendable (inout [String: JSONValue]) -> Void
        ) {
            (testDescription, self.reason, self.change) = (name, reason, change)
        }

        static let all = [
            Lie("another client_id", "its client_id") {
                $0["client_id"] = "https://code.example/oauth/client"
            },
            Lie("a client_id in another case", "its client_id") {
                $0["client_id"] = "https://CODE.example/oauth/client.json"
            },
            Lie("no client_id", "its client_id") { $0["client_id"] = nil },
            Lie("a client_id that is no text", "its client_id") { $0["client_id"] = 1 },
            Lie("no address to be answered at", "redirect_uris") { $0["redirect_uris"] = nil },
            Lie("an empty list of addresses", "redirect_uris") { $0["redirect_uris"] = [] },
            Lie("addresses that no stranger may have", "redirect_uris") {
                $0["redirect_uris"] = [
                    "http://evil.example/", "code:/x", "com.example.app:/x", "javascript:alert(1)",
                ]
            },
            Lie("an address that is no text", "redirect_uris") {
                $0["redirect_uris"] = ["https://a.example/", 1]
            },
            Lie("too many addresses", "redirect_uris") {
                $0["redirect_uris"] = .array((0...30).map { .string("https://a.example/\($0)") })
            },
            Lie("a secret", "the only token_endpoint") { $0["client_secret"] = "x" },
            Lie("a secret by Basic", "the only token_endpoint") {
                $0["token_endpoint_auth_method"] = "client_secret_basic"
            },
            Lie("keys", "the only token_endpoint") { $0["token_endpoint_auth_method"] = "private_key_jwt" },
            Lie("another grant", "grant_types") { $0["grant_types"] = ["client_credentials"] },
            Lie("another response", "grant_types") { $0["response_types"] = ["token"] },
        ]
    }

    @Test("that lies is refused, and nothing of what it says is told", arguments: Lie.all)
    func lies(_ lie: Lie) async throws {
        guard case .object(var members) = Self.document else { return }
        lie.change(&members)
        let documents = documents(Web(JSONValue.object(members).text))
        let fault = await #expect(throws: ClientDocumentFault.self) { try await client(of: documents) }
        guard case .badDocument("code.example", let reason)? = fault else {
            Issue.record("another fault: \(String(describing: fault))")
            return
        }
        #expect(reason.hasPrefix(lie.reason))
        for word in ["evil", "Example Code", "logo"] {
            #expect(fault?.sentence.contains(word) == false)
        }
    }

    @Test(
        "whose answer is no document is refused",
        arguments: [
            (302, "application/json", "{}", ClientDocumentFault.BadAnswer.status),
            (404, "application/json", "{}", .status), (500, "application/json", "{}", .status),
            (200, "text/html", "{}", .notJSON), (200, "", "{}", .notJSON),
            (200, "application/json", "<html>", .notJSON),
            (200, "application/json", "{\"a\":1,\"a\":2}", .notJSON),
            (200, "text/json; application/json", "{}", .notJSON),
        ])
    func answers(_ status: Int, _ type: String, _ body: String, _ reason: ClientDocumentFault.BadAnswer) async
    {
        let documents = documents(Web(status: status, type: type, body))
        await #expect(throws: ClientDocumentFault.badAnswer("code.example", reason)) {
            try await client(of: documents)
        }
    }

    @Test(
        "may be sent with parameters, and as a form of JSON",
        arguments: ["application/json; charset=utf-8", "Application/JSON", "application/client+json"])
    func types(_ type: String) async throws {
        #expect(try await client(of: documents(Web(type: type, Self.document.text))).id == Self.id)
    }

    @Test(
        "is not fetched where any address of its host is not public",
        arguments: [
            ["127.0.0.1"], ["169.254.169.254"], ["10.1.2.3"], ["100.64.0.1"], ["0.0.0.0"], ["::1"],
            ["fe80::1"],
            ["::ffff:127.0.0.1"], ["::ffff:169.254.169.254"], ["64:ff9b::7f00:1"], ["2002:7f00:1::"],
            ["fd00::1"],
            ["93.184.215.14", "10.0.0.1"], ["2606:2800:21f::1", "::ffff:10.0.0.1"], ["224.0.0.1"], ["x"],
        ])
    func privateAddresses(_ addresses: [String]) async {
        let web = Web(Self.document.text, at: addresses)
        let documents = documents(web)
        await #expect(throws: ClientDocumentFault.notPublic("code.example")) {
            try await client(of: documents)
        }
        #expect(web.asked.withLock { $0.isEmpty })
    }

    @Test("is not fetched from a host that is unknown, slow, broken, or sends too much")
    func trouble() async {
        let rows: [(Web, ClientDocumentFault)] = [
            (Web("{}", at: []), .unreachable("code.example")),
            (Web(.failure(.timedOut)), .badAnswer("code.example", .slow)),
            (Web(.failure(.tooLarge(limit: 65_536))), .badAnswer("code.example", .size)),
            (Web(.failure(.cannotConnect(reason: "secret words"))), .unreachable("code.example")),
            (Web(.failure(.failed(reason: "secret words"))), .unreachable("code.example")),
        ]
        for (web, fault) in rows {
            let documents = documents(web)
            await #expect(throws: fault) { try await client(of: documents) }
            #expect(!fault.sentence.contains("secret"))
        }
    }

    @Test("is fetched only from the hosts that the operator allows")
    func hosts() async throws {
        let web = Web(Self.document.text)
        for policy in [
            ClientDocumentPolicy.off, .hosts([]), .hosts(["example", "xcode.example", "code.example.evil"]),
        ] {
            let documents = documents(web, policy)
            await #expect(throws: ClientDocumentFault.notAllowed("code.example")) {
                try await client(of: documents)
            }
        }
        #expect(web.asked.withLock { $0.isEmpty })
        #expect(try await client(of: documents(web, .hosts(["code.example"]))).id == Self.id)
    }

    @Test(
        "has an https address with a name, the usual port and a plain path",
        arguments: [
            "https://code.example", "https://code.example/", "http://code.example/x",
            "HTTPS://code.example/x",
            "https://code.example:443/x", "https://code.example:8443/x", "https://a@code.example/x",
            "https://127.0.0.1/x", "https://[::1]/x", "https://2130706433/x", "https://0x7f.1/x",
            "https://0x7f.0x1/x",
            "https://1.2.3/x", "https://localhost/x", "https://Code.example/x", "https://code.example/x?y",
            "https://code.example/x#y", "https://code.example/a/../x", "https://code.example/%2e%2e/x",
            "https://code.example/a//x", "https://code.example\\@evil.example/x", "https://code..example/x",
            "https://-code.example/x", "https://code.example./x", "https://cöde.example/x", "code.example/x",
            "jeton-git",
            "https://code.example/" + String(repeating: "x", count: 500),
        ])
    func addresses(_ id: String) {
        #expect(ClientDocumentAddress(id) == nil)
    }

    @Test(
        "is at such an address",
        arguments: [
            "https://claude.ai/oauth/claude-code-client-metadata",
            "https://vscode.dev/oauth/client-metadata.json",
            "https://xn--cde-sna.example/x/", "https://a-1.b2.example.com/x",
        ])
    func goodAddresses(_ id: String) {
        #expect(ClientDocumentAddress(id)?.text == id)
    }

    @Test("is remembered for five minutes, and then fetched again")
    func memory() async throws {
        let now = Mutex(Timestamp(seconds: 1000))
        let web = Web(Self.document.text)
        let documents = documents(web, clock: Clock { now.withLock { $0 } })
        for (seconds, count) in [(0, 1), (299, 1), (302, 2)] {
            now.withLock { $0 = Timestamp(seconds: 1000 + Int64(seconds)) }
            _ = try await client(of: documents)
            #expect(web.asked.withLock { $0.count } == count)
        }
    }

    @Test("that fails is counted for the person and the host, and no more are fetched")
    func throttle() async throws {
        let now = Mutex(Timestamp(seconds: 1000))
        let web = Web(status: 404, "")
        let documents = documents(web, clock: Clock { now.withLock { $0 } })
        for person in 1...4 {
            for number in 1...12 {
                _ = try? await client("https://code.example/\(number)", of: documents, for: Int64(person))
            }
            await #expect(throws: ClientDocumentFault.tooMany) {
                try await client("https://code.example/x", of: documents, for: Int64(person))
            }
        }
        #expect(web.asked.withLock { $0.count } == FetchLimiter.perHost)
        // Somebody else is not kept from another host.
        await #expect(throws: ClientDocumentFault.badAnswer("other.example", .status)) {
            try await client("https://other.example/x", of: documents, for: 9)
        }
        now.withLock { $0 = Timestamp(seconds: 1000 + 601) }
        await #expect(throws: ClientDocumentFault.badAnswer("code.example", .status)) {
            try await client("https://code.example/x", of: documents, for: 1)
        }
    }

    @Test(
        "has its name cleaned and cut",
        arguments: [
            ("Example", "Example"), ("  a \n\t b  ", "a b"), ("a\u{202E}b\u{200B}c\u{0}", "abc"),
            ("\u{200B}", nil),
            ("", nil), (String(repeating: "x", count: 200), String(repeating: "x", count: 60)),
        ])
    func names(_ name: String, _ shown: String?) {
        #expect(ClientMetadata.cleaned(name) == shown)
    }
}
