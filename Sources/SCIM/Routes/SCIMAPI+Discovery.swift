import HTTPServer
import JSON
import Tokens

/// Discovery (RFC 7644, section 4).
extension SCIMAPI {
    private static let kinds = [ResourceKind.user, .group]

    func addDiscovery(to scim: inout RouteGroup) {
        add("GET", "/ServiceProviderConfig", to: &scim) { _, _ in .scim(configuration) }
        add("GET", "/ResourceTypes", to: &scim) { _, _ in
            .scim(Self.list(Self.kinds.map { $0.typeJSON(base: address) }))
        }
        add("GET", "/ResourceTypes/{name}", to: &scim) { (_, _, name: String) in
            guard let kind = Self.kinds.first(where: { $0.name == name }) else { throw SCIMFault.notFound }
            return .scim(kind.typeJSON(base: address))
        }
        add("GET", "/Schemas", to: &scim) { _, _ in
            .scim(Self.list(Self.kinds.map { $0.schemaJSON(base: address) }))
        }
        add("GET", "/Schemas/{name}", to: &scim) { (_, _, name: String) in
            guard let kind = Self.kinds.first(where: { $0.schema.lowercased() == name.lowercased() }) else {
                throw SCIMFault.notFound
            }
            return .scim(kind.schemaJSON(base: address))
        }
    }

    /// Searches users and groups at once (RFC 7644, section 3.4.2.1). An attribute that a kind does not have has
    /// no value there.
    func searchAll(_ request: Request) async throws -> Response {
        let members = try request.members
        let users = try ListQuery(members, .user)
        let groups = try ListQuery(members, .group)
        let found =
            try await users.found(in: try await self.users(users), .user)
            + (try await groups.found(in: try await self.groups(groups), .group))
        return .scim(
            users.page(found) { resource in
                resource["schemas"] == [.string(ResourceKind.user.schema)]
                    ? users.selection.applied(to: resource, .user)
                    : groups.selection.applied(to: resource, .group)
            })
    }

    private static func list(_ resources: [JSONValue]) -> JSONValue {
        [
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
            "totalResults": .integer(Int64(resources.count)), "startIndex": 1,
            "itemsPerPage": .integer(Int64(resources.count)), "Resources": .array(resources),
        ]
    }

    /// The service provider's configuration (RFC 7643, section 5).
    private var configuration: JSONValue {
        [
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
            "patch": ["supported": true],
            "bulk": ["supported": false, "maxOperations": 0, "maxPayloadSize": 0],
            "filter": ["supported": true, "maxResults": .integer(Int64(ListQuery.largestPage))],
            "changePassword": ["supported": false], "sort": ["supported": true], "etag": ["supported": true],
            "authenticationSchemes": [
                [
                    "type": "oauthbearertoken", "name": "Provisioning token",
                    "description": .string("A Jeton token with the scope \(DeskScope.scim.text)."),
                    "primary": true,
                ],
                [
                    "type": "httpbasic", "name": "Provisioning token as a password",
                    "description": "The same token as the password of Basic authentication.",
                    "primary": false,
                ],
            ],
            "meta": [
                "resourceType": "ServiceProviderConfig",
                "location": .string("\(address)/ServiceProviderConfig"),
            ],
        ]
    }
}
