import HTTPServer
import Tokens

/// From the form's fields to what the desk is asked for.
extension TokenDraft {
    /// What was typed.
    init(_ form: FormValues, services: [Service]) {
        name = form["name"] ?? ""
        isLimited = form["services"] == "only"
        provisions = form["services"] == "scim"
        manages = form["manage"] != nil
        lifetime = form["expires"].flatMap(Lifetime.init) ?? .never
        lastDay = form["expires_on"] ?? ""
        for service in services { access[service.name.text] = form["access.\(service.name)"] }
    }

    /// All that is wrong with what was typed.
    struct Faults: Error {
        let all: [FormFault]
    }

    /// What the desk is asked for; says of every field at once what cannot be read.
    func read(at now: Timestamp) throws(Faults) -> TokenDesk.Draft {
        var faults: [FormFault] = []
        if isLimited, scopes.isEmpty {
            faults.append(
                FormFault(
                    "services", "Choose what it may do for at least one service, or choose every service."))
        }
        let end = expiry(from: now)
        if lifetime == .date, end.map({ $0 <= now }) ?? true {
            faults.append(
                FormFault(
                    "expires_on",
                    end == nil ? "Choose the last day." : "The last day must not lie in the past."))
        }
        guard !faults.isEmpty else { return TokenDesk.Draft(name: name, scopes: scopes, expiresAt: end) }
        // The desk would say this too, but only once the rest can be read.
        do throws(TextFault) {
            _ = try TokenName(name)
        } catch {
            faults.insert(FormFault("name", "The name \(error)."), at: 0)
        }
        throw Faults(all: faults)
    }

    /// The desk's own fault, beside the field of the form that it is about.
    static func fault(_ fault: FieldFault) -> FormFault {
        switch fault.field {
        case "name": FormFault("name", "The name \(fault.detail).")
        case "scopes": FormFault("services", "The scopes: \(fault.detail).")
        default: FormFault("expires_on", "The expiry \(fault.detail).")
        }
    }

    private var scopes: [String] {
        if provisions { return [Scope.provision.text] }
        guard isLimited else { return [] }
        let services = access.filter { $0.value != "none" }.map { "\($0.key):\($0.value)" }.sorted()
        return services + (manages ? [Scope.manage.text] : [])
    }

    /// A day counts to its last second, in UTC.
    private func expiry(from now: Timestamp) -> Timestamp? {
        switch lifetime {
        case .never: nil
        case .month: now + .days(30)
        case .quarter: now + .days(90)
        case .year: now + .days(365)
        case .date: Timestamp(date: lastDay).map { $0 + .seconds(86_399) }
        }
    }
}
