extension ResourceKind {
    /// People (RFC 7643, section 4.1). The other attributes of the core schema are accepted and not kept: a token desk
    /// needs neither telephone numbers nor passwords.
    static let user = ResourceKind(
        name: "User", endpoint: "Users", schema: "urn:ietf:params:scim:schemas:core:2.0:User",
        description: "A person who may hold tokens.",
        schemaAttributes: [
            SchemaAttribute("userName", .string, "The login, unique without regard to case.").with {
                ($0.isRequired, $0.isUnique) = (true, true)
            },
            SchemaAttribute("name", .complex, "The parts of the name.").with { $0.parts = nameParts },
            SchemaAttribute("displayName", .string, "The name that is shown."),
            SchemaAttribute("active", .boolean, "Whether the person's tokens and sessions work.").with {
                $0.isRequired = true
            },
            SchemaAttribute("emails", .complex, "E-mail addresses; the primary one counts.").with {
                $0.isMultiValued = true
                $0.parts = valueParts(types: ["work", "home", "other"])
            },
            SchemaAttribute("groups", .complex, "The provisioned groups that the person is in.").with {
                ($0.isMultiValued, $0.mutability) = (true, .readOnly)
                $0.parts = [
                    SchemaAttribute("value", .string, "The group's id.").with { $0.isCaseExact = true },
                    SchemaAttribute("$ref", .reference, "The group's address.").with {
                        ($0.isCaseExact, $0.referenceTypes) = (true, ["Group"])
                    },
                    SchemaAttribute("display", .string, "The group's name."),
                ].map { $0.with { $0.mutability = .readOnly } }
            },
        ] + forgotten.map(\.asForgotten))

    private static let nameParts = [
        SchemaAttribute("formatted", .string, "The whole name."),
        SchemaAttribute("familyName", .string, "The family name."),
        SchemaAttribute("givenName", .string, "The given name."),
        SchemaAttribute("middleName", .string, "The middle names."),
        SchemaAttribute("honorificPrefix", .string, "A title before the name."),
        SchemaAttribute("honorificSuffix", .string, "A title behind the name."),
    ]

    private static func valueParts(types: [String]) -> [SchemaAttribute] {
        [
            SchemaAttribute("value", .string, "The value."),
            SchemaAttribute("display", .string, "The value as it is shown."),
            SchemaAttribute("type", .string, "What it is for.").with { $0.canonicalValues = types },
            SchemaAttribute("primary", .boolean, "Whether it comes first."),
        ]
    }

    private static let forgotten: [SchemaAttribute] =
        [
            "password", "nickName", "title", "userType", "preferredLanguage", "locale", "timezone",
        ].map { SchemaAttribute($0, .string, "Accepted and not kept.") } + [
            SchemaAttribute("profileUrl", .reference, "Accepted and not kept.").with {
                $0.referenceTypes = ["external"]
            },
            SchemaAttribute("photos", .complex, "Accepted and not kept.").with {
                $0.isMultiValued = true
                $0.parts = [
                    SchemaAttribute("value", .reference, "The address.").with {
                        $0.referenceTypes = ["external"]
                    },
                    SchemaAttribute("type", .string, "What it is for."),
                ]
            },
            SchemaAttribute("addresses", .complex, "Accepted and not kept.").with {
                $0.isMultiValued = true
                $0.parts = [
                    "formatted", "streetAddress", "locality", "region", "postalCode", "country", "type",
                ].map { SchemaAttribute($0, .string, "A part of the address.") }
            },
        ]
        + ["phoneNumbers", "ims", "roles", "entitlements"].map { name in
            SchemaAttribute(name, .complex, "Accepted and not kept.").with {
                $0.isMultiValued = true
                $0.parts = valueParts(types: [])
            }
        }
}

extension SchemaAttribute {
    fileprivate var asForgotten: SchemaAttribute {
        with {
            $0.mutability = .writeOnly
            $0.parts = $0.parts.map(\.asForgotten)
        }
    }
}

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
