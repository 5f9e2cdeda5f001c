public import Ledger
internal import SQL
public import Tokens

extension SQLBackedLedger {
    public func found(
        _ digests: [TokenDigest], at now: Timestamp
    ) async throws(LedgerError) -> [TokenDigest: FoundSecret] {
        guard !digests.isEmpty else { return [:] }
        return try await read { try $0.foundSecrets(digests, at: now) }
    }

    public func report(_ report: LeakReport) async throws(LedgerError) -> [LeakOutcome?] {
        guard !report.leaks.isEmpty else { return [] }
        // Digests that nobody here has are most of a scanner's, and no other change waits for them.
        let digests = Set(report.leaks.map(\.digest))
        let known = try await read { try $0.knownDigests(among: digests) }
        guard !known.isEmpty else { return report.leaks.map { _ in nil } }
        return try await write { try $0.take(report, known) }
    }

    public func leaks(of token: TokenID) async throws(LedgerError) -> [Leak] {
        try await read { database in
            try database.statement(
                """
                SELECT \(LeakColumn.list(of: "leaks")) FROM leaks JOIN tokens ON tokens.id = leaks.secret
                WHERE tokens.token_id = ? ORDER BY leaks.last_at DESC, leaks.id DESC
                """
            ).all([token]) { try $0.leak() }
        }
    }
}

private enum LeakColumn: Int32, ColumnList {
    case id, secret, reporter, url, source, foundAt, lastAt, wasWorking, act
}

extension Row {
    fileprivate func leak() throws -> Leak {
        func at(_ column: LeakColumn) -> Int32 { column.rawValue }
        return Leak(
            id: identifier(at(.id)), secret: identifier(at(.secret)), reporter: text(at(.reporter)),
            url: text(at(.url)), source: text(at(.source)), foundAt: timestamp(at(.foundAt)),
            lastAt: timestamp(at(.lastAt)), wasWorking: integer(at(.wasWorking)) != 0,
            act: try optionalText(at(.act)).map { try known(LeakAct(rawValue: $0), "act of a leak") })
    }
}

extension SQLDatabase {
    fileprivate func knownDigests(among digests: Set<TokenDigest>) throws -> [TokenDigest] {
        try digests.filter { digest in
            try statement("SELECT 1 FROM tokens WHERE digest = ?").first(digest) { _ in true } ?? false
        }
    }

    fileprivate func foundSecrets(
        _ digests: [TokenDigest], at now: Timestamp
    ) throws -> [TokenDigest: FoundSecret] {
        var found: [TokenDigest: FoundSecret] = [:]
        var owners: [SubjectID: Subject] = [:]
        for digest in Set(digests) {
            let row: (secret: SecretID, isWorking: Bool)? = try statement(
                "SELECT id, revoked_at, expires_at FROM tokens WHERE digest = ?"
            ).first(digest) { row in
                let end = row.optionalTimestamp(2)
                return (row.identifier(0), row.isNull(1) && end.map { now < $0 } ?? true)
            }
            guard let row, let token = try token(row.secret.alias) else { continue }
            let owner =
                try owners[token.owner]
                ?? statement("SELECT \(Subject.columns) FROM subjects WHERE id = ?")
                .first(token.owner) { try $0.subject() }
            owners[token.owner] = owner
            found[digest] = owner.map {
                FoundSecret(token: token, owner: $0, secret: row.secret, isWorking: row.isWorking)
            }
        }
        return found
    }
}

extension Transaction {
    fileprivate func take(_ report: LeakReport, _ known: [TokenDigest]) throws -> [LeakOutcome?] {
        let found = try database.foundSecrets(known, at: report.at)
        var acts: [SecretID: LeakAct] = [:]
        var outcomes: [LeakOutcome?] = []
        for leak in report.leaks {
            guard let secret = found[leak.digest] else {
                outcomes.append(nil)
                continue
            }
            let known: (id: LeakID, act: String?)? = try statement(
                "SELECT id, act FROM leaks WHERE secret = ? AND reporter = ? AND url = ? AND source = ?"
            ).first(secret.secret, report.reporter, leak.url, leak.source) {
                ($0.identifier(0), $0.optionalText(1))
            }
            let wasPaused = known?.act == LeakAct.pause.rawValue
            let act = acts[secret.secret] ?? act(of: report, on: secret, wasPaused: wasPaused)
            acts[secret.secret] = act
            outcomes.append(LeakOutcome(found: secret, act: act, isNew: known == nil))
            try note(leak, of: secret, report, act, known?.id)
        }
        try carryOut(acts, on: found.values, report)
        return outcomes
    }

    /// What to do with a secret. A token that somebody resumed is not paused again for the place for which it was paused.
    private func act(of report: LeakReport, on secret: FoundSecret, wasPaused: Bool) -> LeakAct? {
        guard secret.isWorking else { return nil }
        let act = report.judge(secret)
        return act == .pause && wasPaused ? nil : act
    }

    private func note(
        _ leak: ReportedLeak, of secret: FoundSecret, _ report: LeakReport, _ act: LeakAct?, _ known: LeakID?
    ) throws {
        if let known {
            try statement("UPDATE leaks SET last_at = ?2 WHERE id = ?1 AND last_at < ?2").run(
                known, report.at)
            if let act {
                try statement("UPDATE leaks SET act = ? WHERE id = ? AND (act IS NULL OR act = 'notify')")
                    .run(
                        act.rawValue, known)
            }
            return
        }
        let count = try statement("SELECT count(*) FROM leaks WHERE secret = ?")
            .first(secret.secret) { $0.integer(0) }
        guard Int(count ?? 0) < LedgerLimits.leaksPerSecret else { return }
        let id = try statement("SELECT coalesce(max(id), 0) FROM leaks").first { $0.integer(0) } ?? 0
        let new = LeakID.make(at: report.at).number
        try statement(
            "INSERT INTO leaks (\(LeakColumn.list), reported_by) VALUES (\(LeakColumn.placeholders), ?)"
        ).run(
            max(new, id + 1), secret.secret, report.reporter, leak.url, leak.source, report.at, report.at,
            secret.isWorking, act?.rawValue, report.actor)
        try insert(
            Event(
                .leakReported, at: report.at, actor: report.actor, by: report.actorToken,
                subject: secret.token.owner, token: secret.token.id, address: report.address,
                detail: secret.words(found: leak, by: report.reporter, act)))
    }

    /// Does once what was decided on each secret.
    private func carryOut(
        _ acts: [SecretID: LeakAct], on secrets: some Sequence<FoundSecret>, _ report: LeakReport
    ) throws {
        var revoked: [TokenID] = []
        var paused: [TokenID] = []
        for secret in secrets.sorted(by: { $0.secret < $1.secret }) {
            switch (acts[secret.secret], secret.isCurrent) {
            case (.revoke?, true): revoked.append(secret.token.id)
            case (.pause?, true): paused.append(secret.token.id)
            case (.revoke?, false), (.pause?, false): try end(secret, report)
            case (.notify?, _), (nil, _): break
            }
        }
        let note = Event.causedByLeak
        if !revoked.isEmpty {
            _ = try change(
                BulkChange(.revoke(.leaked), revoked, event: report.event(.tokenRevoked), note: note))
        }
        if !paused.isEmpty {
            _ = try change(
                BulkChange(
                    .pause(.leak, until: nil), paused, event: report.event(.tokenPaused), note: note))
        }
    }

    /// Ends a previous secret; its token has another one, which was not found.
    private func end(_ secret: FoundSecret, _ report: LeakReport) throws {
        let revocation = Token.Revocation(at: report.at, by: report.actor, reason: .leaked)
        guard try revoke(secret.secret, revocation) else { return }
        try insert(
            Event(
                .secretEnded, at: report.at, actor: report.actor, by: report.actorToken,
                subject: secret.token.owner, token: secret.token.id, address: report.address,
                detail: "\(secret.token.name)\(Event.causedByLeak)"))
    }
}

extension LeakReport {
    fileprivate func event(_ kind: Event.Kind) -> Event {
        Event(kind, at: at, actor: actor, by: actorToken, address: address)
    }
}

extension FoundSecret {
    /// The detail of the event: `ci, found by github at https://… (commit); it worked, and was revoked`.
    fileprivate func words(found leak: ReportedLeak, by reporter: String, _ act: LeakAct?) -> String {
        let place = leak.url.isEmpty ? "" : " at \(leak.url)"
        let source = leak.source.isEmpty ? "" : " (\(leak.source))"
        let state =
            switch (isWorking, act) {
            case (false, _): "it had ended before"
            case (true, .revoke?): isCurrent ? "it worked, and was revoked" : "it worked, and was ended"
            case (true, .pause?): isCurrent ? "it worked, and was paused" : "it worked, and was ended"
            case (true, _): "it works"
            }
        let which = isCurrent ? "" : ", an earlier secret"
        return "\(token.name)\(which), found by \(reporter)\(place)\(source); \(state)"
    }
}
