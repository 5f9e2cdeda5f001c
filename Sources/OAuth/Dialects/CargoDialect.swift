import Desk
import HTTPServer
import JSON
import Tokens

/// Trusted publishing as the public registry of Rust has it: the action `rust-lang/crates-io-auth-action`, which has the
/// input `url`.
///
///     POST   /api/v1/trusted_publishing/tokens   {"jwt": "JWT"}  ->  {"token": "jtn_…"}
///     DELETE /api/v1/trusted_publishing/tokens   Authorization: Bearer jtn_…, when the job is done
struct CargoDialect: Sendable {
    let publishing: TrustedPublishing?
    let settings: OAuthSettings

    func addRoutes(to router: inout Router) {
        let prefix = "\(RegistryDialects.prefix)/api/v1/trusted_publishing"
        router.group(prefix, limits: .tokenRequest, errors: Self.answer) { cargo in
            cargo.on("POST", "/tokens") { (request, name: String) in try await exchange(request, name) }
            cargo.on("DELETE", "/tokens", urgent: true) { (request, name: String) in
                try await revoke(request, name)
            }
        }
    }

    private func exchange(_ request: Request, _ name: String) async throws(DialectFault) -> Response {
        let service = try settings.dialectService(name)
        guard let publishing else { throw TrustedPublishing.notConfigured }
        let issued = try await publishing.issue(
            for: try request.dialectMember("jwt"), at: service, alsoFor: audiences(of: service), request)
        return .unstored(["token": .string(issued.secret.reveal())], giving: issued.token)
    }

    private func revoke(_ request: Request, _ name: String) async throws(DialectFault) -> Response {
        _ = try settings.dialectService(name)
        guard let publishing else { throw TrustedPublishing.notConfigured }
        try await publishing.revoke(try request.dialectBearer(), request)
        return Response(status: 204, headers: ["Cache-Control": "no-store"])
    }

    /// The action asks for the registry's address without its scheme as the audience.
    private func audiences(of service: Service) -> [String] {
        guard let url = service.url else { return [] }
        let address = "\(url.host)\(url.path)"
        return [address, address.withoutLastSlash, url.host]
    }

    private static func answer(_ error: any Error, _ request: Request) throws -> Response {
        try DialectFault.answer(error, instead: [422: 400]) { ["errors": [["detail": .string($0.sentence)]]] }
    }
}
