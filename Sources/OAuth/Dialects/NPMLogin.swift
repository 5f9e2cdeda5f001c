import Desk
import Gate
import HTTPServer
import JSON
import Ledger
import Tokens

/// The sign-in of npm in the browser, which `npm login` does by default:
///
///     POST /-/v1/login   ->   {"loginUrl": "https://tokens.example.com/oauth/login/…", "doneUrl": "https://…/-/v1/done?code=…"}
///     GET  /-/v1/done?code=…   ->   202 with Retry-After, until 200 {"token": "jtn_…"}
///
/// Where it is switched off, the answer is 404, and npm asks for a user name and a password.
struct NPMLogin: Sendable {
    let desk: AuthorizationDesk
    let settings: OAuthSettings

    private static let donePath = "/-/v1/done"

    func addRoutes(to router: inout Router) {
        router.group(RegistryDialects.prefix, limits: .oauth, errors: Self.answer) { npm in
            npm.on("POST", "/-/v1/login") { (request, name: String) in try await ask(request, name) }
            npm.on("GET", Self.donePath) { (request, name: String) in try await poll(request, name) }
        }
    }

    // MARK: Ask

    private func ask(_ request: Request, _ name: String) async throws(DialectFault) -> Response {
        let service = try settings.dialectService(name)
        guard settings.allowsDevices, let client = settings.clients.client(ClientPreset.npm.id) else {
            throw .switchedOff(
                "sign-in in the browser is switched off here (oauth.device): use a token of My Tokens")
        }
        guard let url = service.url else {
            throw .switchedOff(
                "sign-in in the browser needs the registry's address (services.\(service.name).url): ask the operator"
            )
        }
        let address = address(of: request)
        guard !address.isEmpty else { throw .invalid("the address of the client is not known") }
        let asked = AuthorizationDesk.Asked(
            client: client.id, clientTitle: client.title, scopes: [.service(service.name, nil)],
            resource: service.name, address: address,
            agent: ClientName.of(userAgent: request.headers["user-agent"] ?? ""))
        let pending: AuthorizationDesk.Pending
        do throws(DeskFault) {
            pending = try await desk.ask(asked, by: .login)
        } catch {
            throw Self.fault(error)
        }
        return .unstored([
            "loginUrl": .string("\(settings.issuer)/oauth/login/\(pending.authorization.id)"),
            // npm takes it at the registry's own address alone.
            "doneUrl": .string("\(url.withoutLastSlash)\(Self.donePath)?code=\(pending.code)"),
        ])
    }

    private static func fault(_ fault: DeskFault) -> DialectFault {
        switch fault {
        case .ledger(.tooManyRequests):
            .busy(
                "too many programs wait for somebody at this address: decide about them, or wait five minutes"
            )
        case .ledger(let error): .ledger(error)
        default: .invalid(fault.description)
        }
    }

    // MARK: Poll

    private func poll(_ request: Request, _ name: String) async throws(DialectFault) -> Response {
        _ = try settings.dialectService(name)
        guard let code = request.queryItems["code"], !code.isEmpty else {
            throw .invalid("the code is missing: start again with npm login")
        }
        do throws(AuthorizationDesk.Refusal) {
            let issued = try await desk.poll(
                code: code, of: ClientPreset.npm.id, .login, from: address(of: request), onlyFromAsker: true)
            return .unstored(["token": .string(issued.secret.reveal())], giving: issued.token)
        } catch {
            return try response(to: error)
        }
    }

    /// Nobody has decided yet, or there will be no token. For the latter, a 4xx would have npm ask for the password:
    /// a 200 without a token ends it.
    private func response(to refusal: AuthorizationDesk.Refusal) throws(DialectFault) -> Response {
        switch refusal {
        case .poll(.pending), .poll(.ready): return waiting(Authorization.pollInterval)
        case .poll(.tooFast(let interval)): return waiting(interval)
        case .poll(.denied): return .unstored(["error": "the sign-in was refused in the browser"])
        case .poll(.expired), .expired:
            return .unstored(["error": "nobody signed in in time: start again with npm login"])
        case .refused(let sentence): return .unstored(["error": .string(sentence)])
        case .unknown, .used, .poll(.used), .otherClient, .wrongProof:
            return .unstored([
                "error":
                    "this sign-in is unknown, was started at another address than this one, or its token was fetched: start again with npm login"
            ])
        case .ledger(let error): throw .ledger(error)
        }
    }

    private func waiting(_ interval: TimeSpan) -> Response {
        var response = Response.unstored([:], status: 202)
        response.headers["Retry-After"] = String(interval.seconds)
        return response
    }

    private func address(of request: Request) -> String {
        request.clientAddress(trusting: settings.trustedProxies)?.description ?? ""
    }

    private static func answer(_ error: any Error, _ request: Request) throws -> Response {
        try DialectFault.answer(error) { ["error": .string($0.sentence)] }
    }
}
