public import HTTPServer
public import JSON
internal import Sodium
internal import Synchronization
public import Tokens

/// An OpenID Connect provider of the tests' own. It does its part by the book, except where a test has
/// it do otherwise.
public final class HostileProvider: Sendable {
    /// What a test may change.
    public struct Conduct: Sendable {
        /// Replaces members of the discovery document; null removes one.
        public var discovery: [String: JSONValue] = [:]
        /// Answers in place of those by the book, by path.
        public var answers: [String: Response] = [:]
        /// How long each answer takes.
        public var delay = Duration.zero
        /// The keys that it publishes.
        public var keys: [SigningKey] = []
        /// Makes the ID token of the claims by the book.
        public var idToken: (@Sendable ([String: JSONValue]) -> String)?
        /// Replaces claims of the ID token; null removes one.
        public var claims: [String: JSONValue] = [:]
        /// The passwords that it takes, by login.
        public var passwords: [String: String] = [:]
        /// Whether the password grant comes with an ID token.
        public var passwordsHaveIDToken = true
        /// What userinfo says.
        public var userInfo: JSONValue = ["sub": "alice-1"]
    }

    private struct Grant {
        let challenge: String
        let nonce: String
        let redirectURI: String
    }

    private struct State {
        var conduct = Conduct()
        var grants: [String: Grant] = [:]
        var counts: [String: Int] = [:]
        var made = 0
    }

    private let state = Mutex(State())
    private let server: Server
    private let port: UInt16
    private let clock: Clock
    /// The key that it signs with.
    public let key: SigningKey
    /// What it calls the desk, and what the desk proves itself with.
    public let (clientID, clientSecret) = ("jeton", "a secret: with ä & %")

    /// A provider that listens on a free port of this machine.
    public init(clock: Clock, key: SigningKey) throws {
        self.clock = clock
        self.key = key
        let handler = Handler()
        var router = Router { _, _ in Response(status: 404, .plain, "") }
        for path in ["/.well-known/openid-configuration", "/keys", "/token", "/userinfo"] {
            for method in ["GET", "POST"] {
                router.on(method, path) { try await handler.answer($0) }
            }
        }
        server = Server(.tcp(.loopback, port: 0), application: Application(router: router))
        port = try server.start() ?? 0
        state.withLock { $0.conduct.keys = [key] }
        handler.provider.withLock { $0 = self }
    }

    private final class Handler: Sendable {
        let provider = Mutex<HostileProvider?>(nil)
        func answer(_ request: Request) async throws -> Response {
            guard let provider = provider.withLock({ $0 }) else { return Response(status: 503) }
            return try await provider.answer(request)
        }
    }

    /// Its name.
    public var issuer: String { "http://127.0.0.1:\(port)" }

    /// Ends it.
    public func stop() async { await server.stop(within: .seconds(0)) }

    /// Has it do otherwise.
    public func behave(_ change: (inout Conduct) -> Void) { state.withLock { change(&$0.conduct) } }

    /// How often that path was asked for.
    public func count(_ path: String) -> Int { state.withLock { $0.counts[path] ?? 0 } }

    /// What a person's click on "allow" does: the code for the question in `location`.
    public func authorize(_ location: String) -> String {
        let items = Request("GET", location).queryItems
        return state.withLock { state in
            state.made += 1
            let code = "code-\(state.made)"
            state.grants[code] = Grant(
                challenge: items["code_challenge"] ?? "", nonce: items["nonce"] ?? "",
                redirectURI: items["redirect_uri"] ?? "")
            return code
        }
    }

    private func answer(_ request: Request) async throws -> Response {
        let conduct = state.withLock { state in
            state.counts[request.path, default: 0] += 1
            return state.conduct
        }
        if conduct.delay > .zero { try? await Task.sleep(for: conduct.delay) }
        if let answer = conduct.answers[request.path] { return answer }
        switch request.path {
        case "/.well-known/openid-configuration": return Self.json(discovery(conduct))
        case "/keys": return Response(status: 200, body: keySet(conduct.keys))
        case "/userinfo": return Self.json(conduct.userInfo)
        default: return token(request, conduct)
        }
    }

    private static func json(_ value: JSONValue, status: Int = 200) -> Response {
        Response(status: status, .json, value.text)
    }

    private func discovery(_ conduct: Conduct) -> JSONValue {
        Self.replaced(
            [
                "issuer": .string(issuer), "authorization_endpoint": .string("\(issuer)/authorize"),
                "token_endpoint": .string("\(issuer)/token"), "jwks_uri": .string("\(issuer)/keys"),
                "userinfo_endpoint": .string("\(issuer)/userinfo"),
                "end_session_endpoint": .string("\(issuer)/end"),
                "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
            ], conduct.discovery)
    }

    private static func replaced(
        _ members: [String: JSONValue], _ changes: [String: JSONValue]
    ) -> JSONValue {
        .object(members.merging(changes) { $1 }.filter { $0.value != .null })
    }

    /// Redeems a code once, for who asked for it.
    private func token(_ request: Request, _ conduct: Conduct) -> Response {
        let form = request.form
        let encoded = "a%20secret%3A%20with%20%C3%A4%20%26%20%25"
        let isClient =
            request.headers["authorization"] == "Basic " + Sodium.base64(Array("jeton:\(encoded)".utf8))
            || form["client_id"] == clientID && [clientSecret, nil].contains(form["client_secret"])
        guard isClient else { return Self.json(["error": "invalid_client"], status: 401) }
        if form["grant_type"] == "password" { return passwordGrant(form, conduct) }
        let grant = state.withLock { $0.grants.removeValue(forKey: form["code"] ?? "") }
        let verifier = SHA256Digest(of: Array((form["code_verifier"] ?? "").utf8).span)
        guard let grant, grant.challenge == Sodium.base64URL(verifier.bytes),
            grant.redirectURI == form["redirect_uri"], form["grant_type"] == "authorization_code"
        else { return Self.json(["error": "invalid_grant"], status: 400) }
        return Self.json([
            "access_token": "an access token", "token_type": "Bearer",
            "id_token": .string(idToken(conduct, more: ["nonce": .string(grant.nonce), "sid": "session-1"])),
        ])
    }

    /// The resource owner's password (RFC 6749, section 4.3).
    private func passwordGrant(_ form: FormValues, _ conduct: Conduct) -> Response {
        let asked = form["username"].flatMap { conduct.passwords[$0] }
        guard let asked, asked == form["password"], form["scope"]?.contains("openid") == true else {
            return Self.json(["error": "invalid_grant"], status: 400)
        }
        var answer: [String: JSONValue] = ["access_token": "an access token", "token_type": "Bearer"]
        if conduct.passwordsHaveIDToken { answer["id_token"] = .string(idToken(conduct, more: [:])) }
        return Self.json(.object(answer))
    }

    private func idToken(_ conduct: Conduct, more: [String: JSONValue]) -> String {
        let now = clock.now.seconds
        let claims = Self.replaced(
            [
                "iss": .string(issuer), "sub": "alice-1", "aud": .string(clientID), "iat": .integer(now),
                "exp": .integer(now + 300),
                "preferred_username": "alice", "name": "Alice Doe", "email": "alice@example.com",
                "groups": ["staff", "admins"],
            ].merging(more) { $1 }, conduct.claims)
        guard case .object(let members) = claims else { return "" }
        return conduct.idToken?(members) ?? key.sign(claims)
    }
}
