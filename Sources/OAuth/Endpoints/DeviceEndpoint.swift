public import Desk
import Gate
public import HTTPServer
import JSON
import Ledger
import Tokens

/// `POST /oauth/device`: a program without a browser asks for a token, and gets a code to show (RFC 8628, section 3.1).
public struct DeviceEndpoint: Sendable {
    private let desk: AuthorizationDesk
    private let settings: OAuthSettings
    private let authentication: ClientAuthentication

    public init(_ desk: AuthorizationDesk, _ settings: OAuthSettings) {
        self.desk = desk
        self.settings = settings
        authentication = ClientAuthentication(settings: settings)
    }

    public func addRoutes(to router: inout Router) {
        router.group("/oauth", limits: .oauth, errors: OAuthFault.answer) { oauth in
            oauth.on("POST", "/device") { request in try await answer(request) }
        }
    }

    private func answer(_ request: Request) async throws(OAuthFault) -> Response {
        guard settings.allowsDevices else {
            throw .unauthorizedClient(
                "the operator of this desk has switched sign-in by code off (oauth.device)")
        }
        let form = try OAuthForm(request)
        let client = try authentication.client(of: form, request)
        let asked: RequestedScopes
        do throws(RequestedScopes.Fault) {
            asked = try RequestedScopes(
                scope: form["scope"], resource: form["resource"], of: client, services: settings.services)
        } catch {
            throw error.code == "invalid_target"
                ? .invalidTarget(error.sentence) : .invalidScope(error.sentence)
        }
        return response(to: try await ask(asked, client, request))
    }

    private func ask(
        _ asked: RequestedScopes, _ client: OAuthClient, _ request: Request
    ) async throws(OAuthFault) -> AuthorizationDesk.Pending {
        let address = request.clientAddress(trusting: settings.trustedProxies)?.description ?? ""
        do throws(DeskFault) {
            return try await desk.ask(
                .init(
                    client: client.id, clientTitle: client.title, scopes: asked.scopes,
                    resource: asked.resource, address: address,
                    agent: ClientName.of(userAgent: request.headers["user-agent"] ?? "")),
                by: .device)
        } catch .ledger(.tooManyRequests) {
            throw .tooManyRequests(
                "too many programs wait for somebody, from this address or in all: decide about them, or wait five minutes"
            )
        } catch .ledger(let error) {
            throw .ledger(error)
        } catch {
            throw .invalidRequest(error.description.asErrorDescription)
        }
    }

    /// Without `verification_uri_complete`: a link that needs no typing is one that strangers send (RFC 8628, section
    /// 5.4).
    private func response(to pending: AuthorizationDesk.Pending) -> Response {
        let authorization = pending.authorization
        let lasting = authorization.expiresAt - authorization.createdAt
        let body: JSONValue = [
            "device_code": .string(pending.code),
            "user_code": .string(pending.userCode?.text ?? ""),
            "verification_uri": .string("\(settings.issuer)/device"),
            "expires_in": .integer(lasting.seconds),
            "interval": .integer(authorization.pollInterval.seconds),
        ]
        return .unstored(body)
    }
}
