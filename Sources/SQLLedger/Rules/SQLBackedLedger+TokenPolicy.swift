public import Ledger
internal import SQL
public import Tokens

extension SQLBackedLedger {
    public func tokenPolicy() async throws(LedgerError) -> TokenPolicy {
        try await read { try $0.tokenPolicy() }
    }

    public func setTokenPolicy(_ policy: TokenPolicy, event: Event) async throws(LedgerError) {
        try await write { transaction in
            let policy = policy.withoutEmptySections
            let former = try transaction.database.tokenPolicy()
            guard policy != former else { return }
            try transaction.statement("DELETE FROM token_rules").run()
            try transaction.insert(policy.all, section: "", grace: policy.grace)
            for (service, rules) in policy.services {
                try transaction.insert(rules, section: service.text, grace: nil)
            }
            try transaction.insert(event.with(detail: policy.changes(from: former)))
            transaction.notify(.tokenPolicy(policy))
        }
    }
}

/// The columns of `token_rules`.
private enum TokenRulesColumn: Int32, ColumnList {
    case section, defaultLifetime, maxLifetime, refusesEveryService, needsAddresses, needsPaths, perPerson,
        who, approval,
        idleWarn, idlePause, idleRevoke, enforceFrom, grace
}

extension Transaction {
    fileprivate func insert(_ rules: TokenRules, section: String, grace: TimeSpan?) throws {
        try statement(
            "INSERT INTO token_rules (\(TokenRulesColumn.list)) VALUES (\(TokenRulesColumn.placeholders))"
        ).run(
            section, rules.defaultLifetime?.milliseconds, rules.maxLifetime?.milliseconds,
            rules.refusesEveryService, rules.needsAddresses, rules.needsPaths, rules.perPerson,
            rules.who.rawValue, TextList.join(rules.approval), rules.idle.warn?.milliseconds,
            rules.idle.pause?.milliseconds,
            rules.idle.revoke?.milliseconds, rules.enforceFrom, grace?.milliseconds)
    }
}

extension SQLDatabase {
    func tokenPolicy() throws -> TokenPolicy {
        var policy = TokenPolicy()
        try statement("SELECT \(TokenRulesColumn.list) FROM token_rules").forEach([]) { row in
            let section = row.text(TokenRulesColumn.section.rawValue)
            if section.isEmpty {
                policy.all = try row.tokenRules()
                policy.grace = row.span(.grace) ?? TokenPolicy.standardGrace
            } else {
                policy.services[try row.known(try? ServiceName(section), "section")] = try row.tokenRules()
            }
            return true
        }
        return policy
    }
}

extension Row {
    fileprivate func span(_ column: TokenRulesColumn) -> TimeSpan? {
        optionalInteger(column.rawValue).map(TimeSpan.init(milliseconds:))
    }

    fileprivate func truth(_ column: TokenRulesColumn) -> Bool { integer(column.rawValue) != 0 }

    fileprivate func tokenRules() throws -> TokenRules {
        var rules = TokenRules()
        rules.defaultLifetime = span(.defaultLifetime)
        rules.maxLifetime = span(.maxLifetime)
        rules.refusesEveryService = truth(.refusesEveryService)
        rules.needsAddresses = truth(.needsAddresses)
        rules.needsPaths = truth(.needsPaths)
        rules.perPerson = optionalInteger(TokenRulesColumn.perPerson.rawValue).map(Int.init)
        rules.who = try known(TokenOwners(rawValue: text(TokenRulesColumn.who.rawValue)), "owners")
        rules.approval = try known(
            TextList.split(text(TokenRulesColumn.approval.rawValue)), "approving groups")
        rules.idle = IdleRules(warn: span(.idleWarn), pause: span(.idlePause), revoke: span(.idleRevoke))
        rules.enforceFrom = optionalTimestamp(TokenRulesColumn.enforceFrom.rawValue)
        return rules
    }
}
