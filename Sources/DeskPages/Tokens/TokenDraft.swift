import Desk
import HTTPServer
import Tokens

/// The values of the form for a new token, as they were typed.
struct TokenDraft: Sendable, Hashable {
    enum Lifetime: String, CaseIterable {
        /// Nobody chose: what the operator's rules say, or no expiry.
        case standard = "default"
        case never = "never"
        case month = "30d"
        case quarter = "90d"
        case year = "1y"
        case date = "date"

        var words: String {
            switch self {
            case .standard: "By default"
            case .never: "Never"
            case .month: "30 days"
            case .quarter: "90 days"
            case .year: "1 year"
            case .date: "On a date"
            }
        }

        /// How long the token works; `nil` where that does not tell.
        var span: TimeSpan? {
            switch self {
            case .standard, .never, .date: nil
            case .month: .days(30)
            case .quarter: .days(90)
            case .year: .days(365)
            }
        }
    }

    var name = ""
    /// Whether only selected services are chosen.
    var isLimited = false
    /// The scope at the desk that excludes all others, such as provisioning.
    var alone: DeskScope?
    /// `none`, `read` or `write`, by the service's name.
    var access: [String: String] = [:]
    /// The path by the service's name; empty for the whole service.
    var below: [String: String] = [:]
    /// Scopes at the desk beside those at services.
    var beside: Set<DeskScope> = []
    var lifetime = Lifetime.standard
    /// The last day, such as `2027-03-01`, if ``lifetime`` is a date.
    var lastDay = ""
    var addresses = ""
    /// Why the token is needed, for those who approve it.
    var reason = ""
}

extension TokenDraft {
    init(_ form: FormValues, services: [Service]) {
        name = form["name"] ?? ""
        isLimited = form["services"] == "only"
        alone = DeskScope.allCases.first { $0.standsAlone && form["services"] == $0.rawValue }
        beside = Set(DeskScope.besideOthers.filter { form[$0.rawValue] != nil })
        lifetime = form["expires"].flatMap(Lifetime.init) ?? .standard
        lastDay = form["expires_on"] ?? ""
        addresses = form["addresses"] ?? ""
        reason = form["reason"] ?? ""
        for service in services {
            access[service.name.text] = form["access.\(service.name)"]
            if !service.paths.isEmpty { below[service.name.text] = form[Self.belowField(service)] }
        }
    }

    /// The name of the field for the path at `service`.
    static func belowField(_ service: Service) -> String { "below.\(service.name)" }

    struct Faults: Error {
        let all: [FormFault]
    }

    /// Reads the values; throws the faults of all fields together.
    func read(at now: Timestamp, services: [Service]) throws(Faults) -> TokenDesk.NewToken {
        var faults: [FormFault] = []
        let scopes = scopes(services, &faults)
        if isLimited, scopes.isEmpty, faults.isEmpty {
            faults.append(
                FormFault(
                    "services", "Choose access to at least one service, or choose every service."))
        }
        let end = expiry(from: now)
        if lifetime == .date, end.map({ $0 <= now }) ?? true {
            faults.append(
                FormFault(
                    "expires_on",
                    end == nil ? "Choose a date." : "The date must not be in the past."))
        }
        // One more than the limit is enough to exceed it.
        let addresses = addresses.unicodeScalars.split { $0 == "," || $0.properties.isWhitespace }
            .prefix(Token.addressLimit + 1).map(String.init)
        guard !faults.isEmpty else {
            return TokenDesk.NewToken(
                name: name, scopes: scopes, addresses: addresses, expiresAt: end,
                neverExpires: lifetime == .never)
        }
        // The desk checks these as well, but only when everything else can be read.
        let known = TokenDesk.faults(inName: name, addresses: addresses).map { Self.fault($0) }
        faults = known.filter { $0.field == "name" } + faults + known.filter { $0.field != "name" }
        throw Faults(all: faults)
    }

    /// The desk's fault, for the form's field; about a token of `account`, or of the reader if that is `nil`.
    static func fault(_ fault: FieldFault, _ account: Subject? = nil) -> FormFault {
        if fault == .nameTaken {
            let who = account.map { "\($0.login) already has" } ?? "You already have"
            return FormFault(
                "name",
                "\(who) an active token with this name. Choose another, or revoke that one first.")
        }
        return switch fault.field {
        case "name": FormFault("name", fault.shown(calling: "name"))
        case "description": FormFault("description", fault.shown(calling: "description"))
        case "scopes": FormFault("services", fault.shown(calling: "scopes"))
        case "reason": FormFault("reason", fault.shown(calling: "reason"))
        case "addresses": FormFault("addresses", fault.shown(calling: "addresses"))
        default: FormFault("expires_on", fault.shown(calling: "expiry"))
        }
    }

    /// The scopes in text form; adds a fault for each path that cannot be read.
    private func scopes(_ services: [Service], _ faults: inout [FormFault]) -> [String] {
        if let alone { return [alone.text] }
        guard isLimited else { return [] }
        var scopes: [String] = []
        for service in services {
            let limit = access[service.name.text].flatMap(Access.init(rawValue:))
            let typed = below[service.name.text] ?? ""
            if let other = access[service.name.text], limit == nil, other != "none" {
                // Not a value of the form: the desk refuses it.
                scopes.append("\(service.name):\(other)")
                continue
            }
            switch (limit, typed.allSatisfy(\.isWhitespace)) {
            case (nil, true): break
            case (let limit?, true): scopes.append(Scope.service(service.name, limit).text)
            case (let limit, false):
                let path = service.path(typed: typed)
                let fault =
                    limit == nil
                    ? "needs a choice of access to go with it; otherwise leave it empty"
                    : path.map { service.fault(narrowingTo: $0) } ?? "must be \(ServicePath.expected)"
                if let fault {
                    let sentence = "“Only this path” for \(service.title) \(fault)."
                    faults.append(FormFault(Self.belowField(service), sentence))
                } else {
                    scopes.append(Scope.service(service.name, limit, below: path).text)
                }
            }
        }
        return scopes + DeskScope.allCases.filter(beside.contains).map(\.text)
    }

    private func expiry(from now: Timestamp) -> Timestamp? {
        lifetime == .date ? Timestamp(lastDay: lastDay) : lifetime.span.map { now + $0 }
    }
}

extension Service {
    /// The path that somebody typed: with or without its first slash, or copied with the service's address.
    fileprivate func path(typed: String) -> ServicePath? {
        var text = typed.drop(while: \.isWhitespace)
        while text.last?.isWhitespace == true { text.removeLast() }
        if let url, text.hasPrefix("\(url)") { text = text.dropFirst("\(url)".count) }
        return ServicePath(text.hasPrefix("/") ? String(text) : "/\(text)")
    }
}
