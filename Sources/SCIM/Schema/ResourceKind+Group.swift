extension ResourceKind {
    /// Groups (RFC 7643, section 4.2). Their members are people: groups within groups are not known here.
    static let group = ResourceKind(
        name: "Group", endpoint: "Groups", schema: "urn:ietf:params:scim:schemas:core:2.0:Group",
        description: "A group of people, as services are told in Remote-Groups.",
        schemaAttributes: [
            SchemaAttribute("displayName", .string, "What services are told.").with { $0.isRequired = true },
            SchemaAttribute("members", .complex, "The people in the group.").with {
                ($0.isMultiValued, $0.namesResources) = (true, true)
                $0.parts =
                    [
                        SchemaAttribute("value", .string, "The person's id.").with { $0.isCaseExact = true },
                        SchemaAttribute("$ref", .reference, "The person's address.").with {
                            ($0.isCaseExact, $0.referenceTypes) = (true, ["User"])
                        },
                        SchemaAttribute("type", .string, "The kind of member.").with {
                            $0.canonicalValues = ["User"]
                        },
                    ].map { $0.with { $0.mutability = .immutable } } + [
                        // Clients that know it send it.
                        SchemaAttribute("display", .string, "Not told here: see the person.").with {
                            $0.mutability = .readOnly
                        }
                    ]
            },
        ])
}
