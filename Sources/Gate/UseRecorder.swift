public import Ledger
public import Tokens

/// Remembers which tokens, and which passwords, were used, without a write on the request's path.
///
/// Uses are counted in memory and written once a second and at the stop; a crash loses a second of
/// them at most.
public final class UseRecorder: Sendable {
    private let ledger: any Ledger
    private let format: TokenFormat
    private let tokens = UseCounter()
    private let passwords = UseCounter()

    /// The kinds of use that are told apart between two writes.
    public static let capacity = 64_000

    /// Records into `ledger`; a client that names itself with something of that form stays unnamed.
    public init(ledger: any Ledger, format: TokenFormat = .standard) {
        self.ledger = ledger
        self.format = format
    }

    /// Counts one use.
    public func record(
        _ token: TokenID, service: String, address: IPAddress?, userAgent: String, at now: Timestamp
    ) {
        tokens.add(token.number, service: service, address: address, userAgent: userAgent, at: now)
    }

    /// Counts one use of a person's password.
    public func record(
        passwordOf owner: SubjectID, service: String, address: IPAddress?, userAgent: String,
        at now: Timestamp
    ) {
        passwords.add(owner.number, service: service, address: address, userAgent: userAgent, at: now)
    }

    /// Writes what was gathered. Where the ledger fails it is kept for the next time.
    public func flush() async throws(LedgerError) {
        try await tokens.flush { (uses) async throws(LedgerError) in
            try await ledger.record(
                uses.map { key, tally in
                    Use(
                        token: TokenID(number: key.owner), service: key.service,
                        address: key.address?.description ?? "",
                        client: client(key.userAgent), lastAt: tally.lastAt, count: tally.count)
                })
        }
        try await passwords.flush { (uses) async throws(LedgerError) in
            try await ledger.record(
                passwordUses: uses.map { key, tally in
                    PasswordUse(
                        subject: SubjectID(number: key.owner), service: key.service,
                        address: key.address?.description ?? "", client: client(key.userAgent),
                        lastAt: tally.lastAt, count: tally.count)
                })
        }
    }

    /// The client's name for people. What it says of itself is kept, so it must not hold a token.
    private func client(_ userAgent: String) -> String {
        ClientName.of(userAgent: format.isFound(in: userAgent) ? "" : userAgent)
    }

    /// Writes once a second until the task is cancelled; `report` is told of each failure.
    public func run(report: @Sendable (LedgerError) -> Void) async {
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(1))
            do throws(LedgerError) { try await flush() } catch { report(error) }
        }
    }
}
