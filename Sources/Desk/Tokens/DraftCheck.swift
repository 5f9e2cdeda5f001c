public import Tokens

/// Reads what somebody asks for, field by field, and gathers all that is wrong with it.
struct DraftCheck {
    /// What the owner may hold tokens for; `nil` where that is not known, and any service goes.
    let offered: [Service]?
    /// What is guarded beside that, and admits the owner to none of it.
    private let others: [Service]
    /// Whose token it is to be.
    private let owner: String
    let mayGrantManaging: Bool
    let mayGrantProvisioning: Bool
    private(set) var found = FieldFaults()

    /// What was found, and how much more.
    var faults: [FieldFault] { found.all }

    /// A check that has found nothing yet.
    init(
        offered: [Service]?, others: [Service] = [], owner: String = "", mayGrantManaging: Bool,
        mayGrantProvisioning: Bool = false
    ) {
        self.offered = offered
        self.others = others
        self.owner = owner
        self.mayGrantManaging = mayGrantManaging
        self.mayGrantProvisioning = mayGrantProvisioning
    }

    mutating func name(_ text: String, format: TokenFormat? = nil) -> TokenName? {
        // Names are kept and shown, and a secret must be neither.
        defer {
            if format?.isFound(in: text) == true {
                found.add("name", "must not hold a token")
            }
        }
        do throws(TextFault) {
            return try TokenName(text)
        } catch {
            found.add("name", error.description)
            return nil
        }
    }

    mutating func scopes(_ texts: [String]) -> Scopes {
        guard texts.count <= Scopes.limit else {
            found.add("scopes", "at most \(Scopes.limit) scopes are possible", isWhole: true)
            return .everyService
        }
        var scopes: [Scope] = []
        for text in texts {
            guard let scope = Scope(text) else {
                // Where there is a path, it is the likeliest mistake.
                let use = text.contains(":/") ? ServicePath.expected : shownOffer
                found.add("scopes", unknown(text, use: use), isWhole: true)
                continue
            }
            if let fault = fault(of: scope, text) {
                found.add("scopes", fault, isWhole: true)
            } else {
                scopes.append(scope)
            }
        }
        if scopes.contains(.provision), Set(scopes).count > 1 {
            found.add(
                "scopes", "“jeton:scim” must stand alone: create another token for the rest", isWhole: true)
        }
        return Scopes(scopes)
    }

    mutating func addresses(_ texts: [String]) -> [AddressRange] {
        guard texts.count <= Token.addressLimit else {
            found.add("addresses", "at most \(Token.addressLimit) addresses are possible", isWhole: true)
            return []
        }
        var ranges: [AddressRange] = []
        for text in texts {
            if let range = AddressRange(text) {
                if !ranges.contains(range) { ranges.append(range) }
            } else {
                found.add(
                    "addresses",
                    "“\(shown(text))” is not an IP address or range: use one such as 10.0.0.0/8 or 2001:db8::/32",
                    isWhole: true)
            }
        }
        return ranges
    }

    mutating func expiry(_ expiry: Timestamp?, after now: Timestamp) -> Timestamp? {
        guard let expiry else { return nil }
        if expiry <= now {
            found.add("expires_at", "must lie in the future")
        } else if expiry - now > TokenDesk.furthestExpiry {
            found.add("expires_at", "must lie within a hundred years: leave it out for no expiry")
        }
        return expiry
    }

    private func unknown(_ text: String, use offer: String) -> String {
        "unknown scope “\(shown(text))”: use \(offer)"
    }

    /// Why the scope that `text` names cannot be granted; `nil` where it can.
    private func fault(of scope: Scope, _ text: String) -> String? {
        let name: ServiceName
        let path: ServicePath?
        switch scope {
        case .manage:
            return mayGrantManaging ? nil : "“\(text)” can be granted only by a person who is signed in"
        case .provision:
            return mayGrantProvisioning
                ? nil : "“\(text)” can be granted only by an administrator who is signed in"
        case .service(let service, _, let below): (name, path) = (service, below)
        }
        guard let offered else { return nil }
        guard let service = offered.first(where: { $0.name == name }) else {
            guard !others.contains(where: { $0.name == name }) else {
                return "“\(shown(text))” is not possible: \(owner) is in no group that may use \(name)"
            }
            return unknown(text, use: shownOffer)
        }
        return path.flatMap(service.fault).map { "“\(shown(text))” \($0)" }
    }

    /// What a person typed, short and without what could not be shown.
    private func shown(_ text: String) -> String {
        let scalars = text.unicodeScalars.lazy.filter { $0.properties.generalCategory != .control }
        return String(String.UnicodeScalarView(scalars.prefix(60)))
    }

    /// The scopes there are, for the sentence that says so.
    private var shownOffer: String {
        // Where it is not known what there is, the form is what can be told.
        let names = offered.map { $0.sorted { $0.name < $1.name }.prefix(20).map(\.name.text) } ?? ["SERVICE"]
        return (names.map { "\($0), \($0):read, \($0):write" } + [Scope.manage.text]).joined(separator: ", ")
    }
}

extension TokenDesk {
    /// What is wrong with a name and addresses, for a form whose other fields cannot be read yet.
    public static func faults(inName name: String, addresses: [String]) -> [FieldFault] {
        var check = DraftCheck(offered: nil, mayGrantManaging: false)
        _ = check.name(name)
        _ = check.addresses(addresses)
        return check.faults
    }
}

extension Service {
    /// Why a scope cannot be narrowed to `path` here, as the rest of a sentence; `nil` where it can.
    public func fault(narrowingTo path: ServicePath) -> String? {
        guard !paths.isEmpty else {
            return "names a path, and \(name) has none: leave it out"
        }
        guard !paths.contains(where: { $0.fits(path) }) else { return nil }
        return "does not fit: use a path such as \(examplePaths)"
    }

    /// A path to which a scope can be narrowed here: `/team/app.git`; empty where none can be.
    public var examplePath: String { paths.first?.example ?? "" }

    /// One for each pattern: “/team/app.git or /pub/app”.
    private var examplePaths: String { paths.map(\.example).joined(separator: " or ") }
}
