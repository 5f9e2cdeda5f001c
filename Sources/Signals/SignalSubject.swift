import JSON

/// Whom or what an event is about: a subject identifier (RFC 9493), or a complex one of Shared Signals (SSF 1.0).
struct SignalSubject: Hashable, Sendable {
    /// A subject in one of the simple formats.
    enum Name: Hashable, Sendable {
        /// `iss_sub`.
        case identity(issuer: String, name: String)
        /// `email`.
        case email(String)
        /// `opaque`.
        case opaque(String)
        /// Another format, by its name.
        case other(format: String)
    }

    /// The person; the whole identifier, unless it is complex. `nil` for a complex one that names none.
    let user: Name?
    /// The session to which a complex identifier is limited.
    let session: Name?
    /// The further members of a complex identifier, which limit it to something that Jeton does not know: `device`.
    let others: [String]

    /// Reads `sub_id`. Returns `nil` where it is missing, or lacks a member of its format.
    init?(_ json: JSONValue?) {
        guard let json, case .object(let members) = json else { return nil }
        guard json["format"]?.string == "complex" else {
            guard let name = Name(json) else { return nil }
            (user, session, others) = (name, nil, [])
            return
        }
        (user, session) = (json["user"].flatMap(Name.init), json["session"].flatMap(Name.init))
        // One that is there and cannot be read would limit it in a way that nobody knows.
        guard (json["user"] == nil) == (user == nil), (json["session"] == nil) == (session == nil) else {
            return nil
        }
        others = members.keys.filter { !["format", "user", "session"].contains($0) }.sorted()
    }

    /// The members of a complex identifier that SSF 1.0 defines and that limit whom it is about. A tenant is not among them:
    /// the issuer and the audience of a stream are those of one tenant.
    static let limiting: Set<String> = ["device", "application", "org_unit", "group"]
}

extension SignalSubject.Name {
    /// The longest identifier that is read.
    private static let limit = 255

    fileprivate init?(_ json: JSONValue) {
        func text(_ name: String) -> String? {
            json[name]?.string.flatMap {
                $0.isEmpty || $0.utf8.count > Self.limit || $0.utf8.contains(0) ? nil : $0
            }
        }
        guard let format = text("format") else { return nil }
        switch format {
        case "iss_sub":
            guard let issuer = text("iss"), let name = text("sub") else { return nil }
            self = .identity(issuer: issuer, name: name)
        case "email":
            guard let address = text("email") else { return nil }
            self = .email(address)
        case "opaque":
            guard let id = text("id") else { return nil }
            self = .opaque(id)
        default: self = .other(format: format)
        }
    }
}
