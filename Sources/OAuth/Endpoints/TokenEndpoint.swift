public import Desk
public import Gate
public import HTTPServer
public import JSON
public import Tokens

/// A way to get a token at the token endpoint, by its `grant_type` (RFC 6749, section 1.3).
public protocol TokenGrant: Sendable {
    /// The value of `grant_type`.
    var type: String { get }
    /// Whether the operator offers it. Clients read of no other.
    var isOffered: Bool { get }
    /// The token for what a request presents. `address` is the client's, as events store it.
    func issue(_ form: OAuthForm, _ request: Request, from address: String) async throws(OAuthFault)
        -> TokenAnswer
}

extension TokenGrant {
    public var isOffered: Bool { true }
}

/// What the token endpoint answers (RFC 6749, section 5.1).
public struct TokenAnswer: Sendable {
    public let issued: TokenDesk.Issued
    /// Members beside the usual ones, such as `issued_token_type`.
    public let members: [String: JSONValue]

    public init(_ issued: TokenDesk.Issued, members: [String: JSONValue] = [:]) {
        self.issued = issued
        self.members = members
    }
}

/// `POST /oauth/token`: programs redeem codes, and trade what else they have, for a token.
///
/// What comes out is an ordinary token of the desk. It has `expires_in` only where it expires, and never a refresh token:
/// it works until it expires or is revoked.
public struct TokenEndpoint: Sendable {
    private let settings: OAuthSettings
    private let grants: [String: any TokenGrant]
    private let clock: Clock

    public init(_ settings: OAuthSettings, grants: [any TokenGrant], clock: Clock) {
        self.settings = settings
        self.grants = Dictionary(grants.map { ($0.type, $0) }, uniquingKeysWith: { first, _ in first })
        self.clock = clock
    }

    /// The values of `grant_type` that it offers, in order.
    public var grantTypes: [String] { grants.filter(\.value.isOffered).keys.sorted() }

    public func addRoutes(to router: inout Router) {
        router.group("/oauth", limits: .tokenRequest, errors: OAuthFault.answer) { oauth in
            oauth.on("POST", "/token") { request in try await answer(request) }
        }
    }

    private func answer(_ request: Request) async throws(OAuthFault) -> Response {
        let form = try OAuthForm(request)
        let type = try form.needed("grant_type")
        guard let grant = grants[type] else {
            throw .unsupportedGrantType("use one of these: \(grantTypes.joined(separator: " "))")
        }
        let address = request.clientAddress(trusting: settings.trustedProxies)?.description ?? ""
        return response(with: try await grant.issue(form, request, from: address))
    }

    private func response(with answer: TokenAnswer) -> Response {
        let token = answer.issued.token
        var members = answer.members
        members["access_token"] = .string(answer.issued.secret.reveal())
        members["token_type"] = "Bearer"
        members["scope"] = .string(scope(of: token))
        if let end = token.expiresAt { members["expires_in"] = .integer(max(0, (end - clock.now).seconds)) }
        var response = Response.unstored(.object(members), giving: token)
        response.headers["Pragma"] = "no-cache"
        return response
    }

    /// What the token may do. One for every service lists each, since an empty scope means none to a client.
    private func scope(of token: Token) -> String {
        guard token.scopes == .everyService else { return token.scopes.text }
        return settings.services.map(\.name).sorted().map(\.text).joined(separator: " ")
    }
}

extension RouteLimits {
    /// A request to the token endpoint, which may carry a signed identity: 32 KiB, 20 pairs.
    public static let tokenRequest = RouteLimits(bodyBytes: 32 * 1024, pairs: 20)
}

extension Response {
    /// A JSON response that nobody stores (RFC 6749, section 5.1). `token` is the one that it gives, for the access log.
    static func unstored(_ value: JSONValue, status: Int = 200, giving token: Token? = nil) -> Response {
        var response = Response(
            status: status, .json, value.text + "\n", headers: ["Cache-Control": "no-store"])
        response.note.token = token?.id.text
        return response
    }
}
