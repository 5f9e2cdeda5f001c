import Desk
import HTTPServer
import Tokens

/// What a person has put into the form, before anybody has looked whether it can be had.
struct TokenDraft: Sendable, Hashable {
    /// How long a token shall work.
    enum Lifetime: String, CaseIterable {
        case never = "never"
        case month = "30d"
        case quarter = "90d"
        case year = "1y"
        case date = "date"

        var words: String {
            switch self {
            case .never: "Never"
            case .month: "30 days"
            case .quarter: "90 days"
            case .year: "1 year"
            case .date: "On a date"
            }
        }
    }

    var name = ""
    /// Whether it is for chosen services, rather than for every one.
    var isLimited = false
    /// What it is for at the desk itself, and for nothing else.
    var alone: DeskScope?
    /// The access chosen for each service: `none`, `read` or `write`.
    var access: [String: String] = [:]
    /// The path typed for each service that a scope is narrowed to; empty for everywhere.
    var below: [String: String] = [:]
    /// What it may do at the desk itself besides.
    var beside: Set<DeskScope> = []
    var lifetime = Lifetime.never
    /// The last day, `2027-03-01`, where ``lifetime`` is a date.
    var lastDay = ""
    /// The addresses that it may be used from, as they were typed.
    var addresses = ""
}

/// From the form's fields to what the desk is asked for.
extension TokenDraft {
    /// What was typed.
    init(_ form: FormValues, services: [Service]) {
        name = form["name"] ?? ""
        isLimited = form["services"] == "only"
        alone = DeskScope.allCases.first { $0.standsAlone && form["services"] == $0.rawValue }
        beside = Set(DeskScope.besideOthers.filter { form[$0.rawValue] != nil })
        lifetime = form["expires"].flatMap(Lifetime.init) ?? .never
        lastDay = form["expires_on"] ?? ""
        addresses = form["addresses"] ?? ""
        for service in services {
            access[service.name.text] = form["access.\(service.name)"]
            if !service.paths.isEmpty { below[service.name.text] = form[Self.belowField(service)] }
        }
    }

    /// The field that narrows a scope of `service`.
    static func belowField(_ service: Service) -> String { "below.\(service.name)" }

    /// All that is wrong with what was typed.
    struct Faults: Error {
        let all: [FormFault]
    }

    /// What the desk is asked for; says of every field at once what cannot be read.
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
        // One more than are taken is enough to tell that there are too many.
        let addresses = addresses.unicodeScalars.split { $0 == "," || $0.properties.isWhitespace }
            .prefix(Token.addressLimit + 1).map(String.init)
        guard !faults.isEmpty else {
            return TokenDesk.NewToken(name: name, scopes: scopes, addresses: addresses, expiresAt: end)
        }
        // The desk would say this too, but only once the rest can be read.
        let known = TokenDesk.faults(inName: name, addresses: addresses).map(Self.fault)
        faults = known.filter { $0.field == "name" } + faults + known.filter { $0.field != "name" }
        throw Faults(all: faults)
    }

    /// The desk's own fault, beside the field of the form that it is about.
    static func fault(_ fault: FieldFault) -> FormFault {
        if fault == .nameTaken {
            return FormFault(
                "name",
                "You already have an active token with this name. Choose another, or revoke that one first.")
        }
        return switch fault.field {
        case "name": FormFault("name", fault.shown(calling: "name"))
        case "scopes": FormFault("services", fault.shown(calling: "scopes"))
        case "addresses": FormFault("addresses", fault.shown(calling: "addresses"))
        default: FormFault("expires_on", fault.shown(calling: "expiry"))
        }
    }

    /// The scopes in text; says beside the field of each path what is wrong with it.
    private func scopes(_ services: [Service], _ faults: inout [FormFault]) -> [String] {
        if let alone { return [alone.text] }
        guard isLimited else { return [] }
        var scopes: [String] = []
        for service in services {
            let limit = access[service.name.text].flatMap(Access.init(rawValue:))
            let typed = below[service.name.text] ?? ""
            if let other = access[service.name.text], limit == nil, other != "none" {
                // No choice of ours: the desk says so.
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
        switch lifetime {
        case .never: nil
        case .month: now + .days(30)
        case .quarter: now + .days(90)
        case .year: now + .days(365)
        case .date: Timestamp(lastDay: lastDay)
        }
    }
}

extension Service {
    /// The path that a person means: as it stands in a scope, without its first slash, or behind the
    /// service's own address as it was copied from elsewhere.
    fileprivate func path(typed: String) -> ServicePath? {
        var text = typed.drop(while: \.isWhitespace)
        while text.last?.isWhitespace == true { text.removeLast() }
        if let url, text.hasPrefix("\(url)") { text = text.dropFirst("\(url)".count) }
        return ServicePath(text.hasPrefix("/") ? String(text) : "/\(text)")
    }
}
