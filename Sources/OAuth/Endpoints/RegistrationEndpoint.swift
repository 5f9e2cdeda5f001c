public import HTTPServer
import JSON
import Tokens

/// `POST /oauth/register`: a program registers itself (RFC 7591, section 3), where the operator allows it.
///
/// ```text
/// { "client_name": "Example Code", "redirect_uris": ["http://127.0.0.1/callback"] }     201
///                                            { "client_id": "jr_…", "token_endpoint_auth_method": "none", … }
/// ```
public struct RegistrationEndpoint: Sendable {
    private let registrations: ClientRegistrations

    public init(_ registrations: ClientRegistrations) {
        self.registrations = registrations
    }

    public func addRoutes(to router: inout Router) {
        router.on("POST", "/oauth/register", limits: .shortForm) { request in answer(request) }
    }

    private func answer(_ request: Request) -> Response {
        guard request.mediaType == "application/json", let json = try? JSONValue(parsing: request.body) else {
            return refuse("invalid_client_metadata", "send the metadata as application/json")
        }
        let metadata: ClientMetadata
        do throws(ClientMetadata.Fault) {
            metadata = try ClientMetadata(json, takesSecrets: true)
        } catch {
            return refuse(error.code, error.sentence)
        }
        guard let (id, moment) = registrations.register(metadata) else {
            return refuse("invalid_client_metadata", "redirect_uris and client_name are too long together")
        }
        var members: [String: JSONValue] = [
            "client_id": .string(id), "client_id_issued_at": .integer(moment.seconds),
            "redirect_uris": .array(metadata.redirectURIs.map { .string($0.text) }),
            "grant_types": ["authorization_code"], "response_types": ["code"],
            "token_endpoint_auth_method": "none",
        ]
        if let name = metadata.name { members["client_name"] = .string(name) }
        return .unstored(.object(members), status: 201)
    }

    private func refuse(_ error: String, _ sentence: String) -> Response {
        .unstored(["error": .string(error), "error_description": .string(sentence)], status: 400)
    }
}
