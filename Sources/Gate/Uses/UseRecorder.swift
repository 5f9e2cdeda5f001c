public import Ledger
internal import Synchronization
public import Tokens

/// Remembers which tokens, and which passwords, were used, without a write on the request's path.
///
/// Uses are counted in memory and written in the background and at the stop: every second while they are few.
/// Hundreds of kinds of use are written in portions, over as many seconds as that takes some thousandths of a
/// processor, so that hardly a request waits behind them; what is used meanwhile is gathered for the next
/// time. A crash loses what was not written yet: of the last two minutes at most.
public final class UseRecorder: Sendable {
    private let ledger: any Ledger
    private let format: TokenFormat
    private let tokens: UseCounter
    private let passwords = UseCounter(shards: 0)
    /// Of whom services were told some groups alone: written with the uses.
    let leftOut = LeftOutGroups()
    private let failed = Atomic(false)

    /// The longest time over which the writing of what was gathered is spread. As long may have been gathered.
    private static let longestSpan = 60.0
    /// How many kinds of use are written in a second, unless that would take longer.
    private static let kindsASecond = 150.0
    /// How many are written at once.
    private static let portion = 100

    /// Records into `ledger`; a client that names itself with something of that form stays unnamed.
    ///
    /// - Parameter lanes: how many threads of the server are told apart, so that none waits for another.
    public init(ledger: any Ledger, format: TokenFormat = .standard, shards: Int = 64) {
        self.ledger = ledger
        self.format = format
        tokens = UseCounter(shards: shards)
    }

    /// Counts one use of a token by who speaks for itself.
    public func record(
        _ token: TokenID, service: String, address: IPAddress?, userAgent: String, at now: Timestamp
    ) {
        let (service, agent) = (Array(service.utf8), Array(userAgent.utf8))
        record(
            token, service: service.span, address: address, userAgent: agent.span, at: now, shard: nil)
    }

    /// Counts one use of a token, on the server's thread of that number. Returns what to give as `likely`
    /// with the token's next there.
    @discardableResult
    func record(
        _ token: TokenID, service: Span<UInt8>, address: IPAddress?, userAgent: Span<UInt8>,
        at now: Timestamp, shard: Int?, likely: UInt32 = .max
    ) -> UInt32 {
        tokens.add(
            token.number, service: service, address: address, userAgent: userAgent, at: now, shard: shard,
            likely: likely)
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

    /// What became of all uses until now.
    public var figures: UseFigures { tokens.figures + passwords.figures }
    /// Whether what was to be written last could not be, as where the disk is full.
    public var isFailing: Bool { failed.load(ordering: .relaxed) }

    /// Writes what was gathered. Where the ledger fails it is kept for the next time.
    public func flush() async throws(LedgerError) {
        try await write(inPortionsOf: .max)
    }

    /// Writes until the task is cancelled; `report` is told of each failure. What was begun is written then.
    public func run(report: @Sendable (LedgerError) -> Void) async {
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(1))
            do throws(LedgerError) {
                try await write(inPortionsOf: Self.portion)
            } catch {
                report(error)
            }
        }
    }

    private func write(inPortionsOf portion: Int) async throws(LedgerError) {
        do {
            try await write(tokens.take(), inPortionsOf: portion)
            try await writePasswords()
            try await leftOut.write(to: ledger)
            failed.store(false, ordering: .relaxed)
        } catch {
            failed.store(true, ordering: .relaxed)
            throw error
        }
    }

    private func write(_ uses: [GatheredUse], inPortionsOf portion: Int) async throws(LedgerError) {
        var clients = ClientNames(format: format)
        var rest = uses[...]
        while !rest.isEmpty {
            // At a stop there is nobody any more who would wait behind it.
            let count = Task.isCancelled ? rest.count : portion
            let next = rest.prefix(count).map { use in
                Use(
                    token: TokenID(number: use.owner), service: use.service,
                    address: use.address?.description ?? "", client: clients.name(of: use.userAgent),
                    lastAt: use.lastAt, count: use.count)
            }
            do {
                try await ledger.record(next)
            } catch {
                tokens.keep(rest)
                throw error
            }
            tokens.count(written: rest.prefix(count))
            rest = rest.dropFirst(count)
            if !rest.isEmpty { await pause(portion, of: uses.count) }
        }
    }

    /// Waits between two portions, unless so much has come together that there is no time.
    private func pause(_ portion: Int, of count: Int) async {
        if tokens.isFilling { return }
        let span = min(Double(count) / Self.kindsASecond, Self.longestSpan)
        try? await Task.sleep(for: .seconds(span * Double(portion) / Double(count)))
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
