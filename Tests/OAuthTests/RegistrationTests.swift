import HTTPServer
import JSON
import Sodium
import Testing
import Tokens

@testable import OAuth

@Suite("POST /oauth/register")
struct RegistrationTests {
    private let registrations: ClientRegistrations

    init() throws {
        registrations = ClientRegistrations(
            key: try #require(KeyedHash(key: [UInt8](repeating: 1, count: KeyedHash.keyLength))),
            clock: Clock { Timestamp(seconds: 1_796_000_000) })
    }

    private func register(_ json: JSONValue, type: String = "application/json") async throws -> (
        Int, JSONValue
    ) {
        var router = Router()
        RegistrationEndpoint(registrations).addRoutes(to: &router)
        let response = try await router.respond(
            to: Request(
                "POST", "/oauth/register", headers: ["Content-Type": type], body: Array(json.text.utf8)))
        #expect(response.headers["Cache-Control"] == "no-store")
        return (response.status, try JSONValue(parsing: response.body))
    }

    @Test("a program gets an identifier that holds what it said, and nothing else is stored")
    func registers() async throws {
        let (status, json) = try await register([
            "client_name": "Example\u{202E} Code",
            "redirect_uris": ["http://localhost:8787/callback", "cursor://x/y"],
            "token_endpoint_auth_method": "client_secret_post",
            "grant_types": ["authorization_code", "refresh_token"],
        ])
        #expect(status == 201)
        #expect(json["token_endpoint_auth_method"] == "none")
        #expect(json["client_secret"] == nil)
        #expect(json["redirect_uris"] == ["http://localhost:8787/callback"])
        #expect(json["client_name"] == "Example Code")
        #expect(json["client_id_issued_at"] == 1_796_000_000)
        var registry = ClientRegistry()
        let id = try #require(json["client_id"]?.string)
        #expect(registry.client(id) == nil, "where the operator does not allow it")
        registry.registrations = registrations
        let client = try #require(registry.client(id))
        #expect(client.title == "Example Code (unverified)")
        #expect(client.source == .itself)
        #expect(client.redirectURI(matching: "http://localhost:1/callback") != nil)
        #expect(client.redirectURI(matching: "http://localhost:1/other") == nil)
    }

    @Test("an identifier that another desk gave out, or nobody, is unknown")
    func forged() async throws {
        let (_, json) = try await register(["redirect_uris": ["http://127.0.0.1/"]])
        let id = try #require(json["client_id"]?.string)
        let other = ClientRegistrations(
            key: try #require(KeyedHash(key: [UInt8](repeating: 2, count: KeyedHash.keyLength))),
            clock: Clock { Timestamp(seconds: 1) })
        #expect(registrations.client(id) != nil)
        #expect(other.client(id) == nil)
        for forged in [String(id.dropLast()), String(id.dropFirst(3)), id + "A", "jr_", "jr_x", ""] {
            #expect(registrations.client(forged) == nil)
        }
    }

    @Test(
        "what no stranger may have is refused, with the codes of RFC 7591",
        arguments: [
            (["redirect_uris": []], "invalid_redirect_uri"),
            (["client_name": "x"], "invalid_redirect_uri"),
            (["redirect_uris": ["http://evil.example/"]], "invalid_redirect_uri"),
            (
                ["redirect_uris": ["javascript:alert(1)", "com.example.app:/x", "data:text/html,x"]],
                "invalid_redirect_uri"
            ),
            (["redirect_uris": "https://a.example/"], "invalid_redirect_uri"),
            (["redirect_uris": ["https://a.example/#x"]], "invalid_redirect_uri"),
            (
                ["redirect_uris": ["https://a.example/"], "grant_types": ["password"]],
                "invalid_client_metadata"
            ),
            (
                ["redirect_uris": ["https://a.example/"], "response_types": ["token"]],
                "invalid_client_metadata"
            ),
            ([], "invalid_client_metadata"),
            (
                [
                    "redirect_uris": .array(
                        (0...20).map { .string("https://a.example/a-long-path-\($0)-in-an-address") })
                ],
                "invalid_client_metadata"
            ),
        ] as [(JSONValue, String)])
    func refused(_ json: JSONValue, _ code: String) async throws {
        let (status, answer) = try await register(json)
        #expect(status == 400)
        #expect(answer["error"] == .string(code))
        #expect(answer["error_description"]?.string?.utf8.allSatisfy { (0x20...0x7E).contains($0) } == true)
    }

    @Test("only JSON is read", arguments: ["application/x-www-form-urlencoded", "text/plain", ""])
    func types(_ type: String) async throws {
        let (status, answer) = try await register(["redirect_uris": ["http://127.0.0.1/"]], type: type)
        #expect(status == 400)
        #expect(answer["error"] == "invalid_client_metadata")
    }
}
