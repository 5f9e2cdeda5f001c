public import Desk
public import Gate
import HTTPServer
public import SignIn
import Tokens

/// Who calls the API.
struct Caller: Sendable {
    let requester: Requester
    let subject: Subject

    /// The token that the caller holds, where it is not a browser.
    var token: Token? {
        if case .token(let token) = requester.means { token } else { nil }
    }

    /// Whether the caller may see and change all tokens of its subject.
    var canManage: Bool { token.map(\.scopes.canManage) ?? true }
}

/// Finds out who calls the API: by a token, or by a browser's session.
public final class CallerReader: Sendable {
    private let authentication: TokenAuthentication
    private let sessions: Sessions
    private let desk: TokenDesk
    private let deskAddress: String

    /// Tokens are known by `authentication`, browsers by `sessions`; `desk` has the whole token.
    public init(
        authentication: TokenAuthentication, sessions: Sessions, desk: TokenDesk, deskAddress: String
    ) {
        self.authentication = authentication
        self.sessions = sessions
        self.desk = desk
        self.deskAddress = deskAddress
    }

    /// Who sent `request`; throws ``Problem`` where nobody good did.
    func caller(of request: Request) async throws -> Caller {
        let address = authentication.address(of: request)
        switch authentication.holder(of: request) {
        case .failure(.noCredentials): return try await browser(request, address)
        case .failure(let denial): throw refused(denial, from: address)
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
            return Caller(requester: requester, subject: holder.owner)
        }
    }

    /// The token that a program got in exchange for another and presents in `request`, dead or alive, with who
    /// revokes it by that; `nil` where it presents none of those. It is no use of the token.
    func exchangedToken(presentedBy request: Request) async throws -> (token: Token, revoker: Requester)? {
        guard let digest = authentication.digest(presentedBy: request),
            let (token, owner) = try await desk.token(digest), token.exchange != nil
        else { return nil }
        let address = authentication.address(of: request)?.description ?? ""
        return (token, .holder(of: token, owner: owner, address: address))
    }

    /// From where `request` comes, as far as a program that asks again is the same: the address, of IPv6 the
    /// network of 64 bits, and the name of the program's agent, whose version changes.
    func place(of request: Request) -> String {
        let address = authentication.address(of: request)
        let network = address?.network
        let agent = (request.headers["user-agent"] ?? "").prefix { $0 != "/" && $0 != " " }.prefix(100)
        return "\(network?.description ?? "-") \(agent)"
    }

    private func browser(_ request: Request, _ address: IPAddress?) async throws -> Caller {
        guard let visitor = try await sessions.visitor(of: request) else { throw refused(.noCredentials) }
        // The session's cookie comes along with requests that other sites cause; a browser says so
        // (Fetch Metadata), and none lets them send JSON here unasked.
        let site = request.headers["sec-fetch-site"] ?? "same-origin"
        let changes = request.method != "GET" && request.method != "HEAD"
        if changes, site != "same-origin" && site != "none" {
            throw Problem.forbidden("This request comes from another site.")
        }
        if request.method == "POST", !request.isJSON { throw Problem.notJSON }
        let requester = Requester.person(visitor.subject, address: address?.description ?? "")
        return Caller(requester: requester, subject: visitor.subject)
    }

    private func refused(_ denial: Denial, from address: IPAddress? = nil) -> Problem {
        .unauthorized(denial, desk: deskAddress, address: address)
    }
}

extension Request {
    /// Whether the body is said to be JSON.
    var isJSON: Bool {
        let type = headers["content-type"]?.split(separator: ";").first ?? ""
        return type.lowercased().filter { $0 != " " } == "application/json"
    }
}

extension Problem {
    static let notJSON = Problem(
        status: 415, kind: "not-json", title: "The body must be JSON",
        detail: "Send the body as JSON, with Content-Type: application/json.")
}
