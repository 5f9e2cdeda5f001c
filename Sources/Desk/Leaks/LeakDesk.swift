public import Ledger
public import Tokens

/// What is done about secrets that were found where they must not be.
///
///     let answers = try await desk.report(findings, by: .requester(requester))
///     // For each secret: which token, whose, whether it worked, and what was done.
public struct LeakDesk: Sendable {
    let ledger: any LeakLedger & DecoyLedger
    let policy: LeakPolicy
    private let services: [ServiceName]
    public let format: TokenFormat
    let clock: Clock
    /// The present moment.
    public var now: Timestamp { clock.now }

    /// The most secrets of one report.
    public static let limit = 5000

    public init(
        ledger: any LeakLedger & DecoyLedger, policy: LeakPolicy, services: [ServiceName],
        format: TokenFormat, clock: Clock
    ) {
        self.ledger = ledger
        self.policy = policy
        self.services = services
        self.format = format
        self.clock = clock
    }

    /// Who reports.
    public enum Reporter: Hashable, Sendable {
        /// A system that has shown who it is, by its name, and the address that it sent from.
        case system(String, address: String)
        case requester(Requester)
    }

    /// One secret of a report.
    public struct Answer: Hashable, Sendable {
        /// The position of its finding in the report, from 0.
        public let finding: Int
        public let url: String
        public let source: String
        public let digest: TokenDigest
        /// What became of it; `nil` where no token of this desk has it. Of a report that only asks, ``LeakOutcome/act`` is
        /// what would be done.
        public let outcome: LeakOutcome?
        /// The decoy that it is, if it is one.
        public let decoy: Decoy?
    }

    /// Records where secrets were found, and acts on their tokens. Returns what became of each secret, in order, when that is
    /// durable and in force.
    ///
    /// - Parameters:
    ///   - act: what to do in place of the operator's policy.
    ///   - isDry: whether to record and do nothing.
    public func report(
        _ findings: [LeakFinding], by reporter: Reporter, act: LeakAct? = nil, isDry: Bool = false
    ) async throws(DeskFault) -> [Answer] {
        try refuse(reporter)
        let found = findings.enumerated().flatMap { index, finding in
            finding.secrets.map { (index, finding, $0.digest) }
        }
        guard found.count <= Self.limit else {
            throw .invalid([
                FieldFault(
                    "findings", "These are more than \(Self.limit) secrets: send them in portions",
                    isWhole: true)
            ])
        }
        let leaks = found.map { ReportedLeak(digest: $0.2, url: $0.1.url, source: $0.1.source) }
        let outcomes = isDry ? try await ask(leaks, act) : try await send(leaks, reporter, act)
        let unknown = zip(leaks, outcomes).filter { $0.1 == nil }.map(\.0.digest)
        let decoys = try await read { () throws(LedgerError) in try await ledger.decoys(among: unknown) }
        return zip(found, outcomes).map { found, outcome in
            Answer(
                finding: found.0, url: found.1.url, source: found.1.source, digest: found.2,
                outcome: outcome, decoy: decoys[found.2])
        }
    }

    /// Where the secrets of a token were found, the latest first.
    public func leaks(of token: TokenID) async throws(DeskFault) -> [Leak] {
        try await read { () throws(LedgerError) in try await ledger.leaks(of: token) }
    }

    private func refuse(_ reporter: Reporter) throws(DeskFault) {
        guard case .requester(let requester) = reporter, !requester.isAdministrator else { return }
        guard requester.token?.scopes.allow(.leaks) ?? false || requester.oversight == .administration else {
            throw .forbidden("This needs a token with the scope \(DeskScope.leaks.text).")
        }
    }

    private func send(
        _ leaks: [ReportedLeak], _ reporter: Reporter, _ act: LeakAct?
    ) async throws(DeskFault) -> [LeakOutcome?] {
        let judge = judge(act)
        let report: LeakReport
        switch reporter {
        case .system(let name, let address):
            report = LeakReport(leaks, by: name, at: clock.now, address: address, judge: judge)
        case .requester(let requester):
            report = LeakReport(
                leaks, by: requester.subject?.login.text ?? "the command line", at: clock.now,
                actor: requester.subject?.id, actorToken: requester.token?.id, address: requester.address,
                judge: judge)
        }
        do throws(LedgerError) {
            return try await ledger.report(report)
        } catch {
            throw .ledger(error)
        }
    }

    private func ask(_ leaks: [ReportedLeak], _ act: LeakAct?) async throws(DeskFault) -> [LeakOutcome?] {
        let (judge, now) = (judge(act), clock.now)
        let found = try await read { () throws(LedgerError) in
            try await ledger.found(leaks.map(\.digest), at: now)
        }
        return leaks.map { leak in
            found[leak.digest].map {
                LeakOutcome(found: $0, act: $0.isWorking ? judge($0) : nil, isNew: false)
            }
        }
    }

    private func judge(_ act: LeakAct?) -> @Sendable (FoundSecret) -> LeakAct {
        { [policy, services] found in
            act ?? policy.act(on: found.token.scopes, ofAccount: !found.owner.isPerson, among: services)
        }
    }

    private func read<R>(
        _ body: () async throws(LedgerError) -> R
    ) async throws(DeskFault) -> R {
        do throws(LedgerError) { return try await body() } catch { throw .ledger(error) }
    }
}
