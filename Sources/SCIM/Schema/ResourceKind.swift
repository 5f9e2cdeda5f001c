import JSON

/// A resource type of SCIM: users or groups.
struct ResourceKind: Hashable, Sendable {
    let name: String
    /// The last segment of its path.
    let endpoint: String
    /// The schema's URI.
    let schema: String
    let description: String
    /// The attributes that the schema defines.
    let schemaAttributes: [SchemaAttribute]
    /// All attributes, including those of every resource (RFC 7643, section 3.1).
    let attributes: [SchemaAttribute]

    init(
        name: String, endpoint: String, schema: String, description: String,
        schemaAttributes: [SchemaAttribute]
    ) {
        self.name = name
        self.endpoint = endpoint
        self.schema = schema
        self.description = description
        self.schemaAttributes = schemaAttributes
        attributes = Self.common + schemaAttributes
    }

    func attribute(_ name: String) -> SchemaAttribute? { SchemaAttribute.named(name, in: attributes) }

    private static let common: [SchemaAttribute] = [
        SchemaAttribute("id", .string, "The identifier at Jeton.").with {
            ($0.mutability, $0.isCaseExact) = (.readOnly, true)
        },
        SchemaAttribute("externalId", .string, "The identifier at the provider.").with {
            $0.isCaseExact = true
        },
        SchemaAttribute("meta", .complex, "About the resource itself.").with {
            $0.mutability = .readOnly
            $0.parts = [
                SchemaAttribute("resourceType", .string, "Its kind.").with { $0.isCaseExact = true },
                SchemaAttribute("created", .dateTime, "When it was added."),
                SchemaAttribute("lastModified", .dateTime, "When it last changed."),
                SchemaAttribute("location", .reference, "Its address.").with { $0.isCaseExact = true },
                SchemaAttribute("version", .string, "Its entity tag.").with { $0.isCaseExact = true },
            ]
        },
    ]

    /// The resource type for clients (RFC 7643, section 6).
    func typeJSON(base: String) -> JSONValue {
        [
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"], "id": .string(name),
            "name": .string(name), "endpoint": .string("/\(endpoint)"), "schema": .string(schema),
            "description": .string(description),
            "meta": [
                "resourceType": "ResourceType", "location": .string("\(base)/ResourceTypes/\(name)"),
            ],
        ]
    }

    /// The schema for clients (RFC 7643, section 7).
    func schemaJSON(base: String) -> JSONValue {
        [
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"], "id": .string(schema),
            "name": .string(name), "description": .string(description),
            "attributes": .array(schemaAttributes.map(\.json)),
            "meta": ["resourceType": "Schema", "location": .string("\(base)/Schemas/\(schema)")],
        ]
    }
}
