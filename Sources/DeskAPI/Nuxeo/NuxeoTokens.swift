public import Desk
public import HTTPServer
import Ledger
import Tokens

/// Nuxeo's token authentication, `GET /nuxeo/authentication/token`
/// (<https://doc.nuxeo.com/javadoc/2023-lts/org/nuxeo/ecm/tokenauth/service/TokenAuthenticationService.html>).
///
/// Nuxeo's command line and other clients exchange the token that a person typed for one of their own, and revoke it
/// again: see ``TokenDesk/exchange(_:of:application:device:from:by:)``. Responses are plain text.
public struct NuxeoTokens: Sendable {
    private let desk: TokenDesk
    private let callers: CallerReader

    /// The path, below the base address that clients are configured with.
    public static let path = "/nuxeo/authentication/token"

    public init(desk: TokenDesk, callers: CallerReader) {
        self.desk = desk
        self.callers = callers
    }

    public func addRoutes(to router: inout Router) {
        router.group(errors: response) { nuxeo in
            nuxeo.on("GET", Self.path) { request in try await answer(request) }
        }
    }

    private func answer(_ request: Request) async throws -> Response {
        // Clients create and revoke tokens with GET. A HEAD request must do neither.
        guard request.method == "GET" else {
            var response = text(405, "use GET, which creates or revokes a token each time")
            response.headers["Allow"] = "GET"
            return response
        }
        if Self.isRevoking(request), let response = try await revokeOwn(request) { return response }
        return try await answer(request, try await caller(of: request))
    }

    /// The response to an error of the handler.
    private func response(to error: any Error, _ request: Request) throws -> Response {
        switch error {
        case let problem as Problem: return text(problem)
        case DeskFault.ledger(let error), let error as LedgerError:
            throw Failure(text(Problem(error)), reason: error.description)
        case DeskFault.noSuchToken:
            return text(400, "there is no token of this applicationName and deviceId to revoke")
        case DeskFault.notActive:
            return text(401, "this token was revoked or replaced in the meantime: use another one")
        case let fault as DeskFault:
            guard case .invalid = fault else { return text(Problem(fault)) }
            return text(400, fault.description)
        default: throw error
        }
    }

    private func answer(_ request: Request, _ caller: (token: Token, Caller)) async throws -> Response {
        let (token, caller) = caller
        let items = request.queryItems
        let isRevoking = Self.isRevoking(request)
        if let response = missing(isRevoking ? [] : ["permission"], in: request) { return response }
        let (application, device) = (items["applicationName", default: ""], items["deviceId", default: ""])
        if isRevoking {
            try await desk.revokeAllExchanged(
                of: token, owner: caller.subject, application: application, device: device,
                by: caller.requester)
            return text(202, "the token is revoked")
        }
        let issued = try await desk.exchange(
            token, of: caller.subject, application: application, device: device,
            from: callers.place(of: request), by: caller.requester)
        // Clients store the body as it is, so it has no line break.
        return Response(
            status: 201, .plain, issued.secret.reveal(), headers: ["Cache-Control": "no-store"])
    }

    /// Revokes the exchanged token that `request` presents; `nil` if it presents none.
    ///
    /// A token that is no longer active counts as revoked: the Nuxeo CLI revokes its token before it gets a new one,
    /// and fails for good if that is refused.
    private func revokeOwn(_ request: Request) async throws -> Response? {
        guard let (token, revoker) = try await callers.exchangedToken(presentedBy: request) else {
            return nil
        }
        if let response = missing([], in: request) { return response }
        let items = request.queryItems
        try await desk.revokeExchanged(
            token, application: items["applicationName", default: ""],
            device: items["deviceId", default: ""], by: revoker)
        return text(202, "the token is revoked")
    }

    private static func isRevoking(_ request: Request) -> Bool {
        request.queryItems["revoke"]?.lowercased() == "true"
    }

    /// The response if the query lacks one of `names` or of the names that are always needed.
    private func missing(_ names: [String], in request: Request) -> Response? {
        let items = request.queryItems
        let missing = (["applicationName", "deviceId"] + names).filter { items[$0, default: ""].isEmpty }
        guard !missing.isEmpty else { return nil }
        return text(400, "\(missing.joined(separator: ", ")) must be in the query")
    }

    /// The caller and its token. A browser's session does not count, since a link on another site could use it.
    private func caller(of request: Request) async throws -> (token: Token, Caller) {
        var request = request
        request.headers["cookie"] = nil
        let caller = try await callers.caller(of: request)
        guard let token = caller.token else { throw Problem.notFound }
        return (token, caller)
    }

    private func text(_ problem: Problem) -> Response {
        var response = text(problem.status, problem.detail)
        for field in problem.headers.fields where field.name != "WWW-Authenticate" {
            response.headers.add(field.name, field.value)
        }
        response.note.reason = problem.headers["X-Jeton-Reason"]
        // These clients know only Basic.
        if problem.status == 401 {
            response.headers["WWW-Authenticate"] = "Basic realm=\"Jeton\", charset=\"UTF-8\""
        }
        return response
    }

    private func text(_ status: Int, _ sentence: String) -> Response {
        Response(status: status, .plain, sentence + "\n", headers: ["Cache-Control": "no-store"])
    }
}
