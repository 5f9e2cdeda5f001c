public import Ledger
internal import Synchronization
public import Tokens

/// Records the uses of tokens and passwords, and the refusals of tokens, without writing on the request's path.
///
/// Uses are counted in memory (``UseCounter``) and written in the background every second, and at the stop. Hundreds
/// of tallies are written in batches, spread over up to three minutes so that others hardly wait; uses in the meantime
/// are counted for the next round. A crash loses at most six minutes of uses.
public final class UseRecorder: Sendable {
    private let ledger:
        any UseLedger & RefusalLedger & TokenLedger & NoticeFactLedger & AttemptLedger
            & EventLedger & DecoyLedger
    private let format: TokenFormat
    private let tokens: UseCounter
    private let passwords = UseCounter(shards: 0)
    /// Written together with the uses.
    let partialGroups = PartialGroups()
    private let refusals = RefusalRecorder()
    private let decoys = DecoyRecorder()
    /// Written together with the uses.
    let misuses = MisuseRecorder()
    private let failed = Atomic(false)

    /// The most seconds over which a round is spread.
    private static let longestSpan = 180.0
    /// The number of tallies to write in a second, unless the round would take longer than ``longestSpan``.
    private static let kindsASecond = 60.0
    /// The size of a batch.
    private static let batch = 50

    /// Records into `ledger`; a user agent that holds a token of `format` is not stored.
    ///
    /// - Parameter lanes: the number of server threads, each of which gets a shard.
    public init(
        ledger: any UseLedger & RefusalLedger & TokenLedger & NoticeFactLedger & AttemptLedger
            & EventLedger & DecoyLedger,
        format: TokenFormat = .standard, shards: Int = 64
    ) {
        self.ledger = ledger
        self.format = format
        tokens = UseCounter(shards: shards)
    }

    /// Counts one use of a token's secret outside the server's threads.
    public func record(
        _ secret: SecretID, service: String, address: IPAddress?, userAgent: String,
        access: Access? = nil, at now: Timestamp
    ) {
        let (service, agent) = (Array(service.utf8), Array(userAgent.utf8))
        record(
            secret, service: service.span, address: address, userAgent: agent.span, access: access, at: now,
            shard: nil)
    }

    /// Counts one use of a token's secret on a server thread. Returns the `hint` for its next use on that thread.
    @discardableResult
    func record(
        _ secret: SecretID, service: Span<UInt8>, address: IPAddress?, userAgent: Span<UInt8>,
        access: Access?, at now: Timestamp, shard: Int?, hint: TallySlot = .unknown
    ) -> TallySlot {
        tokens.add(
            secret.number, service: service, address: address, userAgent: userAgent, at: now,
            access: AccessSet(access), shard: shard, hint: hint)
    }

    /// Counts one use of a person's password.
    public func record(
        passwordOf owner: SubjectID, service: String, address: IPAddress?, userAgent: String,
        at now: Timestamp
    ) {
        let (service, agent) = (Array(service.utf8), Array(userAgent.utf8))
        passwords.add(
            owner.number, service: service.span, address: address, userAgent: agent.span, at: now, shard: nil)
    }

    /// Counts one refusal of a secret that is known.
    func record(
        refusalOf token: TokenRecord, _ denial: Denial, service: String, address: IPAddress?,
        userAgent: Span<UInt8>, access: Access?, at now: Timestamp
    ) {
        refusals.record(
            token.secret, denial, service: service, address: address, userAgent: userAgent,
            access: AccessSet(access), at: now)
    }

    /// Counts one refusal of a secret that is known, outside the server's threads.
    public func record(
        refusalOf token: TokenRecord, _ denial: Denial, service: String, address: IPAddress?,
        userAgent: String, access: Access? = nil, at now: Timestamp
    ) {
        let agent = Array(userAgent.utf8)
        record(
            refusalOf: token, denial, service: service, address: address, userAgent: agent.span,
            access: access, at: now)
    }

    /// Counts a try of a decoy.
    func record(
        tryOf decoy: TokenID, service: String, address: IPAddress?, userAgent: Span<UInt8>, at now: Timestamp
    ) {
        decoys.record(decoy, service: service, address: address, userAgent: userAgent, at: now)
    }

    /// Counts a try of a decoy, outside the server's threads.
    public func record(
        tryOf decoy: TokenID, service: String, address: IPAddress?, userAgent: String, at now: Timestamp
    ) {
        let agent = Array(userAgent.utf8)
        record(tryOf: decoy, service: service, address: address, userAgent: agent.span, at: now)
    }

    public var figures: UseFigures { tokens.figures + passwords.figures }
    /// Whether the last write failed, as when the disk is full.
    public var isFailing: Bool { failed.load(ordering: .relaxed) }

    /// Writes everything at once; on an error it is kept for the next call.
    public func flush() async throws(LedgerError) {
        try await decoys.write(to: ledger, format: format)
        try await write(inBatchesOf: .max)
    }

    /// Writes every second until the task is cancelled, then once more without pauses. Calls `report` with each error.
    ///
    /// Tries of decoys are written several times a second, also while many uses are spread over minutes.
    public func run(report: @Sendable (LedgerError) -> Void) async {
        async let decoys: Void = writeDecoys(report: report)
        await writeUses(report: report)
        await decoys
    }

    private func writeDecoys(report: @Sendable (LedgerError) -> Void) async {
        while !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(300))
            do throws(LedgerError) {
                try await decoys.write(to: ledger, format: format)
            } catch {
                report(error)
            }
        }
    }

    private func writeUses(report: @Sendable (LedgerError) -> Void) async {
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(1))
            do throws(LedgerError) {
                try await write(inBatchesOf: Self.batch)
            } catch {
                report(error)
            }
        }
    }

    private func write(inBatchesOf batch: Int) async throws(LedgerError) {
        do {
            let uses = tokens.take()
            misuses.look(at: uses)
            try await write(uses, inBatchesOf: batch)
            try await writePasswords()
            try await partialGroups.write(to: ledger)
            var clients = ClientNames(format: format)
            try await refusals.write(to: ledger, &clients)
            try await misuses.write(to: ledger)
            failed.store(false, ordering: .relaxed)
        } catch {
            failed.store(true, ordering: .relaxed)
            throw error
        }
    }

    private func write(_ uses: [GatheredUse], inBatchesOf batch: Int) async throws(LedgerError) {
        var clients = ClientNames(format: format)
        var rest = uses[...]
        while !rest.isEmpty {
            // At the stop there are no other writes to wait for.
            let count = Task.isCancelled ? rest.count : batch
            let next = rest.prefix(count).map { use in
                Use(
                    secret: SecretID(number: use.owner), service: use.service,
                    address: use.address?.description ?? "", client: clients.name(of: use.userAgent),
                    lastAt: use.lastAt, count: use.count, access: use.access)
            }
            do {
                try await ledger.record(next)
            } catch {
                tokens.keep(rest)
                throw error
            }
            tokens.count(written: rest.prefix(count))
            rest = rest.dropFirst(count)
            if !rest.isEmpty { await pause(batch, of: uses.count) }
        }
    }

    /// Waits between two batches, unless the counters are filling up.
    private func pause(_ batch: Int, of count: Int) async {
        if tokens.isFilling { return }
        let span = min(Double(count) / Self.kindsASecond, Self.longestSpan)
        try? await Task.sleep(for: .seconds(span * Double(batch) / Double(count)))
    }

    private func writePasswords() async throws(LedgerError) {
        let uses = passwords.take()
        guard !uses.isEmpty else { return }
        var clients = ClientNames(format: format)
        do {
            try await ledger.record(
                passwordUses: uses.map { use in
                    PasswordUse(
                        subject: SubjectID(number: use.owner), service: use.service,
                        address: use.address?.description ?? "", client: clients.name(of: use.userAgent),
                        lastAt: use.lastAt, count: use.count)
                })
        } catch {
            passwords.keep(uses)
            throw error
        }
        passwords.count(written: uses)
    }
}
