public import Ledger
import Sodium
import Synchronization
public import Tokens

/// Checks passwords; may wait.
public protocol PasswordOwners: Sendable {
    /// The owner of a login and password, tried from `address`.
    func outcome(of presented: PresentedPassword, from address: IPAddress?) async -> PasswordOutcome
}

/// Caches the results of password checks: five minutes for a right password, one minute for a wrong one.
///
/// The key of an entry is a keyed hash of login and password, with a random key that never leaves this process. The
/// cache is bounded. It must be subscribed to ledger changes: a new password or a suspension removes a person's
/// entries at once. Concurrent requests with the same password share one check.
public final class RecentPasswords: Sendable {
    private struct CheckedPassword {
        /// `nil` for a wrong password.
        let owner: SubjectID?
        let at: Timestamp

        func holds(at now: Timestamp) -> Bool {
            at.isWithin(
                owner == nil ? RecentPasswords.wrong : RecentPasswords.right, before: now, skew: .seconds(1))
        }
    }

    private struct Contents {
        var entries: [SHA256Digest: CheckedPassword] = [:]
        /// The checks in progress.
        var looking: [SHA256Digest: Task<PasswordOutcome, Never>] = [:]
        /// Counts invalidations: a result is only cached if none came during its check.
        var drops = 0

        /// Evicts what has expired; if that is not enough, wrong passwords; then everything.
        mutating func forget(at now: Timestamp) {
            entries = entries.filter { $0.value.holds(at: now) }
            if entries.count >= RecentPasswords.capacity {
                entries = entries.filter { $0.value.owner != nil }
            }
            if entries.count >= RecentPasswords.capacity { entries = [:] }
        }
    }

    /// How long a right password is cached.
    public static let right = TimeSpan.minutes(5)
    /// How long a wrong password is cached.
    public static let wrong = TimeSpan.minutes(1)
    /// The most entries.
    static let capacity = 10_000
    /// The most checks in progress or waiting.
    static let mostLooking = 256

    private let key = KeyedHash(key: Sodium.randomBytes(count: KeyedHash.keyLength))
    private let state = Mutex(Contents())

    public init() {}

    /// Removes what a change of the ledger invalidates.
    public func apply(_ change: Change) {
        switch change {
        case .subject(let subject) where subject.isSuspended: drop(subject.id)
        case .password(let subject): drop(subject)
        case .subject, .secret, .signInPolicy, .tokenPolicy, .decoy: break
        }
    }

    private func drop(_ subject: SubjectID) {
        state.withLock { state in
            // A wrong password may be right from now on.
            state.entries = state.entries.filter { $0.value.owner != nil && $0.value.owner != subject }
            state.looking = [:]
            state.drops += 1
        }
    }

    /// The key of a login and password.
    func mark(of presented: PresentedPassword) -> SHA256Digest? {
        key.map(presented.mark)
    }

    /// The cached result.
    func outcome(of mark: SHA256Digest, at now: Timestamp) -> PasswordOutcome? {
        state.withLock { $0.entries[mark] }.flatMap { entry in
            entry.holds(at: now) ? entry.owner.map { .owner($0) } ?? .wrong : nil
        }
    }

    /// The cached result, or that of `look`, which concurrent callers share.
    func outcome(
        of mark: SHA256Digest, at now: Timestamp, look: @escaping @Sendable () async -> PasswordOutcome
    ) async -> PasswordOutcome {
        if let known = outcome(of: mark, at: now) { return known }
        let looking: Task<PasswordOutcome, Never>? = state.withLock { state in
            if let looking = state.looking[mark] { return looking }
            guard state.looking.count < Self.mostLooking else { return nil }
            let drops = state.drops
            let looking = Task {
                let outcome = await look()
                self.keep(outcome, of: mark, at: now, unlessDroppedSince: drops)
                return outcome
            }
            state.looking[mark] = looking
            return looking
        }
        return await looking?.value ?? .unavailable(reason: "too many passwords are being checked")
    }

    private func keep(
        _ outcome: PasswordOutcome, of mark: SHA256Digest, at now: Timestamp, unlessDroppedSince drops: Int
    ) {
        state.withLock { state in
            guard state.drops == drops else { return }
            state.looking[mark] = nil
            if state.entries.count >= Self.capacity { state.forget(at: now) }
            switch outcome {
            case .owner(let owner): state.entries[mark] = CheckedPassword(owner: owner, at: now)
            case .wrong: state.entries[mark] = CheckedPassword(owner: nil, at: now)
            case .tooManyAttempts, .unavailable: break
            }
        }
    }

    var count: Int { state.withLock(\.entries.count) }
}
