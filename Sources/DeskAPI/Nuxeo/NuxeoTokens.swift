public import Desk
public import HTTPServer
import Ledger
import Tokens

/// How Nuxeo's command line and other clients of its token authentication get a token of their own for
/// the one that a person typed, and give it up: `GET /nuxeo/authentication/token`
/// (<https://doc.nuxeo.com/javadoc/2023-lts/org/nuxeo/ecm/tokenauth/service/TokenAuthenticationService.html>).
///
/// What they get is a token that was traded for the person's: see ``TokenDesk``. Answers are text, as
/// these clients take them.
public struct NuxeoTokens: Sendable {
    private let desk: TokenDesk
    private let callers: CallerReader

    /// Where clients ask, below the base address that they are given.
    public static let path = "/nuxeo/authentication/token"

    /// The dialect over `desk`.
    public init(desk: TokenDesk, callers: CallerReader) {
        self.desk = desk
        self.callers = callers
    }

    /// Adds the route.
    public func addRoutes(to router: inout Router) {
        router.on("GET", Self.path) { request in try await answer(request) }
    }

    private func answer(_ request: Request) async throws -> Response {
        // The dialect makes and ends tokens by GET; what only asks what GET would say must do neither.
        guard request.method == "GET" else {
            var response = text(405, "ask with GET: each time it makes a token, or ends one")
            response.headers["Allow"] = "GET"
            return response
        }
        do {
            if Self.isRevoking(request), let response = try await revokeOwn(request) { return response }
            return try await answer(request, try await caller(of: request))
        } catch let problem as Problem {
            return text(problem)
        } catch DeskFault.ledger(let error) {
            throw Failure(text(Problem(error)), reason: error.description)
        } catch let error as LedgerError {
            throw Failure(text(Problem(error)), reason: error.description)
        } catch DeskFault.noSuchToken {
            return text(400, "there is no token of this applicationName and deviceId to revoke")
        } catch DeskFault.notActive {
            return text(401, "this token was revoked or replaced meanwhile: use another one")
        } catch DeskFault.invalid(let faults) {
            return text(400, faults.map { $0.sentence(calling: $0.field) }.joined(separator: "; "))
        } catch let fault as DeskFault {
            return text(Problem(fault))
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
        // Clients keep the body as it is: no line break.
        return Response(
            status: 201, .plain, issued.secret.reveal(), headers: ["Cache-Control": "no-store"])
    }

    /// Revokes the traded token that `request` presents. One that is dead already is revoked, too, as far as
    /// the client is concerned: the Nuxeo CLI gives up its token before it links anew, and gives up for good
    /// where it is told that it cannot. `nil` where it presents no traded token.
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

    /// The answer where the query lacks `names`, or what is needed anyway.
    private func missing(_ names: [String], in request: Request) -> Response? {
        let items = request.queryItems
        let missing = (["applicationName", "deviceId"] + names).filter { items[$0, default: ""].isEmpty }
        guard !missing.isEmpty else { return nil }
        return text(400, "\(missing.joined(separator: ", ")) must be given in the query")
    }

    /// Who asks with a token. A browser's session is none here: another site could have it ask by a link.
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
        // These clients know Basic alone.
        if problem.status == 401 {
            response.headers["WWW-Authenticate"] = "Basic realm=\"Jeton\", charset=\"UTF-8\""
        }
        return response
    }

    private func text(_ status: Int, _ sentence: String) -> Response {
        Response(status: status, .plain, sentence + "\n", headers: ["Cache-Control": "no-store"])
    }
}
