/// What has changed, for the event.
extension TokenPolicy {
    /// The keys whose values differ from those of `former`, in words:
    /// `tokens.max_lifetime: 365d (was none); accounts.grace: 30d (was 14d)`.
    public func changes(from former: TokenPolicy) -> String {
        var parts: [String] = []
        let sections: [ServiceName?] = [nil] + Set(services.keys).union(former.services.keys).sorted()
        for section in sections {
            let before = former.rules(of: section).values
            for (old, new) in zip(before, rules(of: section).values) where old.value != new.value {
                let key = Self.key(new.key, in: section)
                parts.append("\(key): \(new.value ?? "none") (was \(old.value ?? "none"))")
            }
        }
        if grace != former.grace {
            parts.append("accounts.grace: \(grace.words) (was \(former.grace.words))")
        }
        return parts.joined(separator: "; ")
    }

    /// The rules of one section; no rules where it is not there.
    public func rules(of section: ServiceName?) -> TokenRules {
        section.map { services[$0] ?? TokenRules() } ?? all
    }
}

extension TokenRules {
    /// Reads ``values``; `nil` where a key is not known, or its value is not valid.
    public init?(values: [String: String]) {
        self.init()
        for (key, value) in values {
            guard read(value, of: key) else { return nil }
        }
    }

    private mutating func read(_ value: String, of key: String) -> Bool {
        func span(_ path: WritableKeyPath<TokenRules, TimeSpan?>) -> Bool {
            self[keyPath: path] = TimeSpan(text: value)
            return self[keyPath: path] != nil
        }
        switch key {
        case "default_lifetime": return span(\.defaultLifetime)
        case "max_lifetime": return span(\.maxLifetime)
        case "idle.warn": return span(\.idle.warn)
        case "idle.pause": return span(\.idle.pause)
        case "idle.revoke": return span(\.idle.revoke)
        case "every_service": refusesEveryService = value == "refused"
        case "addresses": needsAddresses = value == "required"
        case "narrowed": needsPaths = value == "required"
        case "per_person":
            perPerson = Int(value)
            return perPerson != nil
        case "who":
            guard let who = TokenOwners(rawValue: value) else { return false }
            self.who = who
        case "approval": approval = value.split(separator: ", ").map(String.init)
        case "enforce_from":
            enforceFrom = Timestamp(date: value)
            return enforceFrom != nil
        default: return false
        }
        return true
    }

    /// The keys of the section in the order of the reference, each with its value as it is written in the
    /// configuration; `nil` where the rule is off.
    public var values: [(key: String, value: String?)] {
        [
            ("default_lifetime", defaultLifetime?.words),
            ("max_lifetime", maxLifetime?.words),
            ("every_service", refusesEveryService ? "refused" : nil),
            ("addresses", needsAddresses ? "required" : nil),
            ("narrowed", needsPaths ? "required" : nil),
            ("per_person", perPerson.map(String.init)),
            ("who", who == .both ? nil : who.rawValue),
            ("approval", approval.isEmpty ? nil : approval.joined(separator: ", ")),
            ("idle.warn", idle.warn?.words),
            ("idle.pause", idle.pause?.words),
            ("idle.revoke", idle.revoke?.words),
            ("enforce_from", enforceFrom?.date),
        ]
    }
}
