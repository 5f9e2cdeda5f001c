public import Desk
public import Gate
import HTTPServer
public import SignIn
public import Tokens

/// The authenticated caller of the API.
struct Caller: Sendable {
    let requester: Requester
    let subject: Subject
    /// The secret that was presented; `nil` for a browser.
    var secret: SecretID?

    /// The token that was presented; `nil` for a browser.
    var token: Token? { requester.token }

    /// Whether the caller may see and change all tokens of ``subject``.
    var canManage: Bool { token?.scopes.allow(.manage) ?? true }
}

/// Authenticates callers of the API, by a token or by a browser's session.
public final class CallerReader: Sendable {
    private let authentication: TokenAuthentication
    private let sessions: Sessions
    private let desk: TokenDesk
    private let deskAddress: DeskAddress

    /// - Parameter deskAddress: what refusals name.
    public init(
        authentication: TokenAuthentication, sessions: Sessions, desk: TokenDesk, deskAddress: DeskAddress
    ) {
        self.authentication = authentication
        self.sessions = sessions
        self.desk = desk
        self.deskAddress = deskAddress
    }

    /// The caller who sent `request`. Throws a ``Problem`` if there is none, or if the token is refused.
    ///
    /// A previous secret is refused unless `takesPrevious` is set, and a token that breaks a rule about tokens unless
    /// `ignoresRules` is.
    func caller(
        of request: Request, takesPrevious: Bool = false, ignoresRules: Bool = false
    ) async throws -> Caller {
        let address = authentication.address(of: request)
        let outcome = authentication.holder(
            of: request, takesPrevious: takesPrevious, ignoresRules: ignoresRules)
        switch outcome {
        case .failure(.noCredentials): return try await browser(request, address)
        case .failure(let denial):
            let rule = denial == .policy ? authentication.brokenRule(of: request) : nil
            throw refused(denial, from: address, rule, authentication.owner(of: request))
        case .success(let holder):
            let token: Token
            do throws(DeskFault) {
                token = try await desk.token(holder.token.id, of: nil)
            } catch {
                guard error == .noSuchToken else { throw error }
                throw refused(.unknownToken)
            }
            let requester = Requester.holder(
                of: token, owner: holder.owner, address: address?.description ?? "")
            return Caller(requester: requester, subject: holder.owner, secret: holder.token.secret)
        }
    }

    /// The caller of `request`, who may read what administrators see: an administrator at a browser, or a token with
    /// `jeton:audit` or `jeton:admin`. Throws ``DeskFault/forbidden(_:)``, which names the scope, for anybody else.
    func auditor(of request: Request) async throws -> Caller {
        try await overseer(of: request, for: .audit)
    }

    /// The caller of `request`, who may act on what belongs to others: an administrator at a browser, or a token with
    /// `jeton:admin`. Throws ``DeskFault/forbidden(_:)``, which names the scope, for anybody else.
    func administrator(of request: Request) async throws -> Caller {
        try await overseer(of: request, for: .administration)
    }

    private func overseer(of request: Request, for right: OversightRight) async throws -> Caller {
        let caller = try await caller(of: request)
        let requester = try await desk.overseer(caller.requester, for: right)
        return Caller(requester: requester, subject: caller.subject, secret: caller.secret)
    }

    /// The caller who rotates a token with `request`. A secret that has ended is refused, and may revoke its token, see
    /// ``TokenDesk/refuseReuse(of:from:)``.
    func rotator(of request: Request) async throws -> Caller {
        do {
            return try await caller(of: request)
        } catch let problem as Problem where problem.status == 401 {
            if let digest = authentication.digest(presentedBy: request) {
                let address = authentication.address(of: request)?.description ?? ""
                try await desk.refuseReuse(of: digest, from: address)
            }
            throw problem
        }
    }

    /// The exchanged token that `request` presents, in any state, and its holder as the requester; `nil` if it presents
    /// no such token. Does not count as a use of the token.
    func exchangedToken(presentedBy request: Request) async throws -> (token: Token, revoker: Requester)? {
        guard let digest = authentication.digest(presentedBy: request),
            let (token, owner) = try await desk.token(digest), token.exchange != nil
        else { return nil }
        let address = authentication.address(of: request)?.description ?? ""
        return (token, .holder(of: token, owner: owner, address: address))
    }

    /// Identifies the program behind `request` when it asks again: by its address, of IPv6 the /64 network, and the
    /// name of its user agent without the version.
    func place(of request: Request) -> String {
        let address = authentication.address(of: request)
        let network = address?.network
        let agent = (request.headers["user-agent"] ?? "").prefix { $0 != "/" && $0 != " " }.prefix(100)
        return "\(network?.description ?? "-") \(agent)"
    }

    private func browser(_ request: Request, _ address: IPAddress?) async throws -> Caller {
        guard let visitor = try await sessions.visitor(of: request) else { throw refused(.noCredentials) }
        // The session's cookie is also sent with requests that other sites cause. Browsers mark these (Fetch
        // Metadata), and do not let other sites send JSON without a preflight request.
        let site = request.headers["sec-fetch-site"] ?? "same-origin"
        let changes = request.method != "GET" && request.method != "HEAD"
        if changes, site != "same-origin" && site != "none" {
            throw Problem.forbidden("This request comes from another site.")
        }
        if request.method == "POST", !request.isJSON { throw Problem.notJSON }
        let requester = Requester.person(visitor.subject, address: address?.description ?? "")
        return Caller(requester: requester, subject: visitor.subject)
    }

    private func refused(
        _ denial: Denial, from address: IPAddress? = nil, _ rule: BrokenRule? = nil, _ owner: Subject? = nil
    ) -> Problem {
        .unauthorized(denial, desk: deskAddress.tokens(of: owner), address: address, rule: rule)
    }
}

extension Request {
    /// Whether the content type is JSON.
    var isJSON: Bool { contentType == "application/json" }

    /// Whether the content type is that of a merge patch (RFC 7396).
    var isMergePatch: Bool { contentType == "application/merge-patch+json" }

    private var contentType: String {
        let type = headers["content-type"]?.split(separator: ";").first ?? ""
        return type.lowercased().filter { $0 != " " }
    }
}

extension Problem {
    static let notJSON = Problem(
        status: 415, kind: "not-json", title: "The body must be JSON",
        detail: "Send the body as JSON, with Content-Type: application/json.")

    /// Names the types that PATCH takes (RFC 5789, section 2.2).
    static let notMergePatch = Problem(
        status: 415, kind: "not-json", title: "The body must be JSON",
        detail: "Send the body as JSON, with Content-Type: application/merge-patch+json.",
        headers: ["Accept-Patch": "application/merge-patch+json, application/json"])
}
