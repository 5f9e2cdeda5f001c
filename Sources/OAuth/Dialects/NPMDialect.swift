import Desk
import HTTPServer
import JSON
import Tokens

/// Trusted publishing as npm does it since 11.5.1, before it sends a package:
///
///     POST /-/npm/v1/oidc/token/exchange/package/@acme%2fdemo   Authorization: Bearer JWT   ->   201 {"token": "jtn_…"}
///
/// On any failure npm goes on with the token of its configuration, and tells the reason with `--loglevel verbose` alone.
struct NPMDialect: Sendable {
    let publishing: TrustedPublishing?
    let settings: OAuthSettings

    func addRoutes(to router: inout Router) {
        let prefix = "\(RegistryDialects.prefix)/-/npm/v1/oidc/token/exchange"
        router.group(prefix, limits: .tokenRequest, errors: Self.answer) { npm in
            npm.on("POST", "/package/{package}") { (request, name: String, package: String) in
                try await exchange(request, name, package)
            }
            // A proxy that decodes `%2f` sends a name with a scope so.
            npm.on("POST", "/package/{scope}/{package}") {
                (request, name: String, scope: String, package: String) in
                try await exchange(request, name, "\(scope)/\(package)")
            }
        }
    }

    private func exchange(
        _ request: Request, _ name: String, _ package: String
    ) async throws(DialectFault) -> Response {
        let service = try settings.dialectService(name)
        guard let publishing else { throw TrustedPublishing.notConfigured }
        let path = try path(of: package)
        let issued = try await publishing.issue(
            for: try request.dialectBearer(), at: service, alsoFor: audiences(of: service),
            package: service.paths.contains { $0.fits(path) } ? path : nil, request)
        var members: [String: JSONValue] = ["token": .string(issued.secret.reveal())]
        if let end = issued.token.expiresAt { members["expires"] = .string(end.rfc3339) }
        return .unstored(.object(members), status: 201, giving: issued.token)
    }

    /// The path of a package below the registry: `/@acme/demo`.
    private func path(of package: String) throws(DialectFault) -> ServicePath {
        let parts = package.split(separator: "/", omittingEmptySubsequences: false)
        let hasForm = parts.count == 1 || parts.count == 2 && parts[0].hasPrefix("@")
        guard hasForm, parts.allSatisfy({ !$0.isEmpty && $0 != "@" }), let path = ServicePath("/\(package)")
        else {
            throw .invalid("this is no name of a package: it is NAME or @SCOPE/NAME")
        }
        return path
    }

    /// npm asks for the audience `npm:HOST`.
    private func audiences(of service: Service) -> [String] {
        service.url.map { ["npm:\($0.hostWithoutPort)"] } ?? []
    }

    private static func answer(_ error: any Error, _ request: Request) throws -> Response {
        try DialectFault.answer(error, instead: [422: 401]) { ["message": .string($0.sentence)] }
    }
}
