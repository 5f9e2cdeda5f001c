public import Tokens

/// Parses the fields of a ``TokenDesk/NewToken`` and collects the faults of all of them.
struct NewTokenCheck {
    /// The services that the owner may have tokens for; `nil` for any.
    let offered: [Service]?
    /// The services that do not admit the owner.
    private let others: [Service]
    /// The owner's login.
    private let owner: String
    /// The services of a service account that its steward may not use themselves.
    private let beyond: [Service]
    /// What no token of a service account may have.
    private let impossible: Set<DeskScope>
    /// What may be granted at the desk itself.
    private let grantable: Set<DeskScope>
    private(set) var found = FieldFaults()

    var faults: [FieldFault] { found.all }

    init(
        offered: [Service]?, others: [Service] = [], owner: String = "", beyond: [Service] = [],
        impossible: Set<DeskScope> = [], grantable: Set<DeskScope> = []
    ) {
        self.offered = offered
        self.others = others
        self.owner = owner
        self.beyond = beyond
        self.impossible = impossible
        self.grantable = grantable
    }

    mutating func name(_ text: String, format: TokenFormat? = nil) -> TokenName? {
        // Names are stored and shown, which a secret must not be.
        defer {
            if format?.isFound(in: text) == true {
                found.add("name", "must not contain a token")
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
                // If there is a path, it is probably what is wrong.
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
        if texts.isEmpty, let service = beyond.first {
            found.add(
                "scopes",
                "name the services: \(owner) may also use \(service.name), which you may not use yourself",
                isWhole: true)
        }
        for alone in DeskScope.allCases where alone.standsAlone {
            if scopes.contains(.desk(alone)), Set(scopes).count > 1 {
                found.add(
                    "scopes", "“\(alone.text)” must stand alone: create another token for the rest",
                    isWhole: true)
            }
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
            found.add("expires_at", "must be in the future")
        } else if expiry - now > TokenDesk.longestLife {
            found.add("expires_at", "must be within a hundred years: leave it out for no expiry")
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
        case .desk(let scope):
            if impossible.contains(scope) {
                return scope.accountUse == .never
                    ? "“\(text)” is not for service accounts: people manage their tokens"
                    : "“\(text)” is not for \(owner): the operator names the service accounts that may have it "
                        + "(accounts.may_oversee)"
            }
            return grantable.contains(scope)
                ? nil : "“\(text)” can be granted only by \(scope.grantor.words)"
        case .service(let service, _, let below): (name, path) = (service, below)
        }
        guard let offered else { return nil }
        guard let service = offered.first(where: { $0.name == name }) else {
            guard !beyond.contains(where: { $0.name == name }) else {
                return "“\(shown(text))” is not possible: you may not use \(name) yourself"
            }
            guard !others.contains(where: { $0.name == name }) else {
                return "“\(shown(text))” is not possible: \(owner) is in no group that may use \(name)"
            }
            return unknown(text, use: shownOffer)
        }
        return path.flatMap(service.fault).map { "“\(shown(text))” \($0)" }
    }

    /// The scopes to choose from; their form if the services are not known.
    private var shownOffer: String {
        let names = offered.map { $0.sorted { $0.name < $1.name }.prefix(20).map(\.name.text) } ?? ["SERVICE"]
        return (names.map { "\($0), \($0):read, \($0):write" } + DeskScope.besideOthers.map(\.text)).joined(
            separator: ", ")
    }
}

extension TokenDesk {
    /// The faults of a name and of addresses, for a form whose other fields cannot be parsed.
    public static func faults(inName name: String, addresses: [String]) -> [FieldFault] {
        var check = NewTokenCheck(offered: nil)
        _ = check.name(name)
        _ = check.addresses(addresses)
        return check.faults
    }
}

extension Service {
    /// Why a scope cannot be narrowed to `path`, as the rest of a sentence; `nil` if it can.
    public func fault(narrowingTo path: ServicePath) -> String? {
        guard !paths.isEmpty else {
            return "names a path, and \(name) has none: leave it out"
        }
        guard !paths.contains(where: { $0.fits(path) }) else { return nil }
        return "does not fit: use a path such as \(examplePaths)"
    }

    /// A path to which a scope can be narrowed, such as `/team/app.git`; empty if there is none.
    public var examplePath: String { paths.first?.example ?? "" }

    /// An example for each pattern: “/team/app.git or /pub/app”.
    private var examplePaths: String { paths.map(\.example).joined(separator: " or ") }
}
