import Tokens

/// `tokens` and `services.NAME.tokens`: the rules about tokens, for all services and for one.
extension ConfigurationKey {
    static let tokenRules: [ConfigurationKey] = everywhere + atOneService + approval

    private static let everywhere: [ConfigurationKey] = [
        rule(
            "default_lifetime", .span, default: "no expiry",
            "How long a new token works if nobody chooses an expiry."
        ) { $0.defaultLifetime = $1 },
        rule(
            "max_lifetime", .span, default: "no limit",
            "How long a token's secret works at most. Rotating the token begins anew."
        ) { $0.maxLifetime = $1 },
        rule(
            "every_service", .everyService, default: "allowed",
            "Whether a token may be for every service, present and future, as a password is."
        ) { $0.refusesEveryService = $1 },
        rule(
            "addresses", .requirement, default: "optional",
            "Whether tokens must be bound to addresses."
        ) { $0.needsAddresses = $1 },
        rule(
            "narrowed", .requirement, default: "optional",
            "Whether scopes must be limited to paths, at services with `paths`."
        ) { $0.needsPaths = $1 },
        rule(
            "per_person", .number(1...1000), default: "1000",
            "How many active tokens a person may have. It concerns only new tokens."
        ) { $0.perPerson = $1 },
        rule(
            "who", .owners, default: TokenOwners.both.rawValue,
            "Who may have tokens: people, service accounts, or both."
        ) { $0.who = $1 },
        rule(
            "idle.warn", .span, default: "no warning",
            "After how long without a use My Tokens points out a token."
        ) { $0.idle.warn = $1 },
        rule(
            "idle.pause", .span, default: "off",
            "After how long without a use a token is paused, from `enforce_from` on. Its owner can resume it."
        ) { $0.idle.pause = $1 },
        rule(
            "idle.revoke", .span, default: "off",
            "After how long without a use a token is revoked, from `enforce_from` on."
        ) { $0.idle.revoke = $1 },
        rule(
            "enforce_from", .day, default: "never",
            "The first day on which tokens that exist are refused where they break one of these rules, from 00:00 UTC "
                + "([how](operate/policy.md)). New tokens must keep the rules at once."
        ) { $0.enforceFrom = $1 },
    ]

    private static let atOneService: [ConfigurationKey] = everywhere.map { key in
        ConfigurationKey(
            path: "services.*.\(key.path)", notation: key.notation, form: key.form,
            standard: "only `\(key.path)` holds",
            sentence: "As `\(key.path)`, for tokens that may be used at this service. The strictest counts.",
            isList: key.isList
        ) { (configuration, name, values) throws(BadValue) in
            guard let name else { return }
            // A configuration of its own takes the value, so that both sections are read by one definition.
            var single = Configuration()
            single.tokens = configuration[name].tokens
            try key.set(&single, nil, values)
            configuration[name].tokens = single.tokens
        }
    }

    private static let approval: [ConfigurationKey] = [
        .list(
            "tokens.approval", .group, default: "none: people create tokens themselves",
            "The groups that approve new tokens. With any, nobody creates a token without the approval of a member of "
                + "one of them, given at the desk to a request with a reason ([how](approval.md))."
        ) { $0.tokens.approval = $1 },
        .serviceList(
            "services.*.tokens.approval", .group, default: "none",
            "The groups that approve new tokens that can be used at this service, tokens for every service among them, "
                + "in addition to `tokens.approval`."
        ) { $0.tokens.approval = $1 },
    ]

    private static func rule<Value>(
        _ name: String, _ form: ValueParser<Value>, default standard: String, _ sentence: String,
        set: @escaping @Sendable (inout TokenRules, Value) -> Void
    ) -> ConfigurationKey {
        .one("tokens.\(name)", form, default: standard, sentence) { set(&$0.tokens, $1) }
    }
}

extension ValueParser<Bool> {
    fileprivate static let everyService = ValueParser(
        "`allowed` or `refused`", expected: "allowed or refused", schema: .words(["allowed", "refused"])
    ) { text in
        ["allowed": false, "refused": true][text]
    }

    fileprivate static let requirement = ValueParser(
        "`optional` or `required`", expected: "optional or required",
        schema: .words(["optional", "required"])
    ) { text in
        ["optional": false, "required": true][text]
    }
}

extension ValueParser<TokenOwners> {
    fileprivate static let owners = ValueParser(
        "`people`, `service-accounts` or `both`", expected: "people, service-accounts or both",
        schema: .words(of: TokenOwners.self), read: TokenOwners.init(rawValue:))
}

extension Configuration {
    /// The rules about tokens, for the ledger.
    var tokenPolicy: TokenPolicy {
        let own = serviceSections.map { ($0.name, $0.tokens) }
        return TokenPolicy(
            all: tokens, services: Dictionary(own, uniquingKeysWith: { first, _ in first }),
            grace: accounts.grace
        ).withoutEmptySections
    }

    var tokenRuleConflicts: [KeyConflict] {
        conflicts(of: tokens, in: nil)
            + serviceSections.flatMap { section in
                conflicts(of: section.tokens, in: section.name) + pathConflicts(in: section)
            }
    }

    private func conflicts(of rules: TokenRules, in section: ServiceName?) -> [KeyConflict] {
        lifetimeConflicts(of: rules, in: section) + idleConflicts(of: rules, in: section)
    }

    private func lifetimeConflicts(of rules: TokenRules, in section: ServiceName?) -> [KeyConflict] {
        func key(_ name: String) -> String { TokenPolicy.key(name, in: section) }
        var conflicts: [KeyConflict] = []
        if let standard = rules.defaultLifetime, let limit = rules.maxLifetime, standard > limit {
            conflicts.append(
                KeyConflict(
                    key("default_lifetime"), beside: key("max_lifetime"),
                    "must not be longer than `\(key("max_lifetime"))`"))
        }
        if rules.enforceFrom != nil, !rules.canBeEnforced {
            conflicts.append(
                KeyConflict(
                    key("enforce_from"), "has no effect without a rule beside it: set one, or remove it"))
        }
        return conflicts
    }

    private func pathConflicts(in section: ServiceSection) -> [KeyConflict] {
        guard section.tokens.needsPaths, section.paths.isEmpty else { return [] }
        return [
            KeyConflict(
                TokenPolicy.key("narrowed", in: section.name), beside: "services.\(section.name).paths",
                "is `required`, but scopes have no paths to be limited to: set `services.\(section.name).paths`"
            )
        ]
    }

    /// Each of the three must not come after the next.
    private func idleConflicts(of rules: TokenRules, in section: ServiceName?) -> [KeyConflict] {
        let steps = [
            ("idle.warn", rules.idle.warn), ("idle.pause", rules.idle.pause),
            ("idle.revoke", rules.idle.revoke),
        ].compactMap { name, span in span.map { (key: TokenPolicy.key(name, in: section), span: $0) } }
        return zip(steps, steps.dropFirst()).filter { $0.span >= $1.span }.map { earlier, later in
            KeyConflict(earlier.key, beside: later.key, "must be shorter than `\(later.key)`")
        }
    }

    /// Rules that do nothing yet, and such as leave no token that works.
    var tokenRuleWarnings: [String] {
        var warnings: [String] = []
        for (section, rules) in tokenPolicy.sections(ofAny: serviceSections.map(\.name))
        where rules.enforceFrom == nil && (rules.idle.pause != nil || rules.idle.revoke != nil) {
            let (idle, date) = (
                TokenPolicy.key("idle", in: section), TokenPolicy.key("enforce_from", in: section)
            )
            warnings.append(
                "`\(idle)` pauses and revokes nothing without `\(date)`: set it, after `jeton policy check`")
        }
        for section in serviceSections where section.saslauthd.socket != nil {
            let isBound = tokens.needsAddresses || section.tokens.needsAddresses
            let isNarrowed = !section.paths.isEmpty && (tokens.needsPaths || section.tokens.needsPaths)
            guard isBound || isNarrowed else { continue }
            warnings.append(
                "tokens must be \(isBound ? "bound to addresses" : "limited to paths"), and such tokens are refused at "
                    + "`services.\(section.name).saslauthd`, whose protocol has neither: no token will work there"
            )
        }
        return warnings
    }
}
