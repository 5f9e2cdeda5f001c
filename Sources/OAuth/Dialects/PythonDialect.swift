import Desk
import HTTPServer
import JSON
import Tokens

/// Trusted publishing as Python's public index has it (<https://docs.pypi.org/trusted-publishers/internals/>): `uv publish`,
/// twine and the action `pypa/gh-action-pypi-publish`.
///
///     GET  /_/oidc/audience     {"audience": "packages.example.com"}
///     POST /_/oidc/mint-token   {"token": "JWT"}  ->  {"success": true, "token": "jtn_…", "expires": 1780000000}
///     POST /_/oidc/burn-token   {"token": "jtn_…"}, when the job is done
struct PythonDialect: Sendable {
    let publishing: TrustedPublishing?
    let settings: OAuthSettings

    func addRoutes(to router: inout Router) {
        router.group("\(RegistryDialects.prefix)/_/oidc", limits: .tokenRequest, errors: Self.answer) {
            python in
            python.on("GET", "/audience") { (_, name: String) in try audience(name) }
            python.on("POST", "/mint-token") { (request, name: String) in try await mint(request, name) }
            python.on("POST", "/burn-token", urgent: true) { (request, name: String) in
                try await burn(request, name)
            }
        }
    }

    private func audience(_ name: String) throws(DialectFault) -> Response {
        let service = try settings.dialectService(name)
        guard let publishing else { throw TrustedPublishing.notConfigured }
        return .unstored(["audience": .string(publishing.audience(of: service))])
    }

    private func mint(_ request: Request, _ name: String) async throws(DialectFault) -> Response {
        let service = try settings.dialectService(name)
        guard let publishing else { throw TrustedPublishing.notConfigured }
        let issued = try await publishing.issue(
            for: try request.dialectMember("token"), at: service,
            alsoFor: [publishing.audience(of: service)], request)
        var members: [String: JSONValue] = ["success": true, "token": .string(issued.secret.reveal())]
        if let end = issued.token.expiresAt { members["expires"] = .integer(end.seconds) }
        return .unstored(.object(members), giving: issued.token)
    }

    private func burn(_ request: Request, _ name: String) async throws(DialectFault) -> Response {
        _ = try settings.dialectService(name)
        guard let publishing else { throw TrustedPublishing.notConfigured }
        try await publishing.revoke(try request.dialectMember("token"), request)
        return .unstored(["success": true])
    }

    private static func answer(_ error: any Error, _ request: Request) throws -> Response {
        try DialectFault.answer(error) { fault in
            [
                "message": "Token request failed",
                "errors": [["code": .string(fault.pythonCode), "description": .string(fault.sentence)]],
            ]
        }
    }
}

extension DialectFault {
    /// The `code` of an error, as Python's public index names them.
    fileprivate var pythonCode: String {
        switch self {
        case .noSuchService: "not-configured"
        case .switchedOff: "not-enabled"
        case .invalid: "invalid-payload"
        case .trade(let fault) where fault.isTemporary: "temporarily-unavailable"
        case .trade(.identity): "invalid-token"
        case .trade(.used): "invalid-reuse-token"
        case .trade(.noRule), .trade(.scope), .trade(.target), .trade(.inactive), .trade(.needsApproval):
            "invalid-publisher"
        case .busy, .trade(.tooMany), .trade(.ledger), .ledger: "temporarily-unavailable"
        }
    }
}
