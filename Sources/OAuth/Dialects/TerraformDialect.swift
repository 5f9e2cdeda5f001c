import HTTPServer
import JSON
import Tokens

/// Where terraform and tofu find out how to sign in
/// (<https://developer.hashicorp.com/terraform/internals/login-protocol>): an authorization code with PKCE.
///
///     GET /.well-known/terraform.json   ->   {"login.v1": {"client": "terraform-cli", "authz": "https://…", …}}
struct TerraformDialect: Sendable {
    let settings: OAuthSettings

    /// The loopback ports at which terraform may wait for the browser.
    private static let ports: [JSONValue] = [10_000, 10_010]

    func addRoutes(to router: inout Router) {
        router.group(RegistryDialects.prefix, errors: Self.answer) { terraform in
            terraform.on("GET", "/.well-known/terraform.json") { (_, name: String) in try discovery(name) }
        }
    }

    private func discovery(_ name: String) throws(DialectFault) -> Response {
        let service = try settings.dialectService(name)
        guard settings.clients.client(ClientPreset.terraform.id) != nil else {
            throw .switchedOff("the client terraform is not known here (oauth.presets)")
        }
        let login: JSONValue = [
            "client": .string(ClientPreset.terraform.id),
            "grant_types": ["authz_code"],
            "authz": .string("\(settings.issuer)/oauth/authorize"),
            "token": .string("\(settings.issuer)/oauth/token"),
            "ports": .array(Self.ports),
            "scopes": [.string(service.name.text)],
        ]
        return Response(
            .json, JSONValue.object(["login.v1": login]).text + "\n",
            headers: ["Cache-Control": "max-age=3600"])
    }

    private static func answer(_ error: any Error, _ request: Request) throws -> Response {
        try DialectFault.answer(error) { ["error": .string($0.sentence)] }
    }
}
