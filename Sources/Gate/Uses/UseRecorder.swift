public import Ledger
public import Tokens

/// Remembers which tokens, and which passwords, were used, without a write on the request's path.
///
/// Uses are counted in memory and written in the background and at the stop: every second, or where
/// hundreds of kinds of use come together, a second later for each 300, so that writing takes less than a
/// hundredth of the time. A crash loses what was counted since; that is ``longestPause`` at most.
public final class UseRecorder: Sendable {
    private let ledger: any Ledger
    private let format: TokenFormat
    private let tokens: UseCounter
    private let passwords = UseCounter(lanes: 0)

    /// The longest time between two writes.
    public static let longestPause = TimeSpan.minutes(1)
    /// For how many kinds of use that were written the next writing is a second later.
    private static let kindsASecond = 300

    /// Records into `ledger`; a client that names itself with something of that form stays unnamed.
    ///
    /// - Parameter lanes: how many threads of the server are told apart, so that none waits for another.
    public init(ledger: any Ledger, format: TokenFormat = .standard, lanes: Int = 64) {
        self.ledger = ledger
        self.format = format
        tokens = UseCounter(lanes: lanes)
    }

    /// Counts one use of a token by who speaks for itself.
    public func record(
        _ token: TokenID, service: String, address: IPAddress?, userAgent: String, at now: Timestamp
    ) {
        let (service, agent) = (Array(service.utf8), Array(userAgent.utf8))
        record(
            token, service: service.span, address: address, userAgent: agent.span, at: now, lane: nil)
    }

    /// Counts one use of a token, on the server's thread of that number. Returns what to give as `likely`
    /// with the token's next there.
    @discardableResult
    func record(
        _ token: TokenID, service: Span<UInt8>, address: IPAddress?, userAgent: Span<UInt8>,
        at now: Timestamp, lane: Int?, likely: UInt32 = .max
    ) -> UInt32 {
        tokens.add(
            token.number, service: service, address: address, userAgent: userAgent, at: now, lane: lane,
            likely: likely)
    }

    /// Counts one use of a person's password.
    public func record(
        passwordOf owner: SubjectID, service: String, address: IPAddress?, userAgent: String,
        at now: Timestamp
    ) {
        let (service, agent) = (Array(service.utf8), Array(userAgent.utf8))
        passwords.add(
            owner.number, service: service.span, address: address, userAgent: agent.span, at: now, lane: nil)
    }

    /// What became of all uses until now.
    public var figures: UseFigures { tokens.figures + passwords.figures }

    /// Writes what was gathered. Where the ledger fails it is kept for the next time.
    public func flush() async throws(LedgerError) {
        try await tokens.flush { (uses) async throws(LedgerError) in
            try await ledger.record(
                uses.map { use in
                    Use(
                        token: TokenID(number: use.owner), service: use.service,
                        address: use.address?.description ?? "", client: client(use.userAgent),
                        lastAt: use.lastAt, count: use.count)
                })
        }
        try await passwords.flush { (uses) async throws(LedgerError) in
            try await ledger.record(
                passwordUses: uses.map { use in
                    PasswordUse(
                        subject: SubjectID(number: use.owner), service: use.service,
                        address: use.address?.description ?? "", client: client(use.userAgent),
                        lastAt: use.lastAt, count: use.count)
                })
        }
    }

    /// The client's name for people. What it says of itself is kept, so it must not hold a token.
    private func client(_ userAgent: String) -> String {
        ClientName.of(userAgent: format.isFound(in: userAgent) ? "" : userAgent)
    }

    /// Writes until the task is cancelled; `report` is told of each failure.
    public func run(report: @Sendable (LedgerError) -> Void) async {
        var pause = 1
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(1))
            pause -= 1
            guard pause <= 0 || tokens.isFilling else { continue }
            pause = min(max(1, tokens.count / Self.kindsASecond), Int(Self.longestPause.seconds))
            do throws(LedgerError) { try await flush() } catch { report(error) }
        }
    }
}
