public import Ledger
import Sodium
import Synchronization
public import Tokens

/// Looks whose a login and password are. It may wait.
public protocol PasswordOwners: Sendable {
    /// Whose they are, tried from `address`.
    func outcome(of presented: PresentedPassword, from address: IPAddress?) async -> PasswordOutcome
}

/// What came of the passwords that were looked at lately, so that none is looked at more often than once
/// in five minutes, and a wrong one than once a minute.
///
/// A login and password are kept as a keyed hash alone, whose key is random and never leaves this
/// process. What is kept is bounded. A change of password or the owner's suspension drops it at once.
public final class RecentPasswords: Sendable {
    private struct Entry {
        /// `nil` where they are nobody's.
        let owner: SubjectID?
        let at: Timestamp

        func holds(at now: Timestamp) -> Bool {
            at.isWithin(
                owner == nil ? RecentPasswords.wrong : RecentPasswords.right, before: now, skew: .seconds(1))
        }
    }

    private struct State {
        var entries: [SHA256Digest: Entry] = [:]
        /// The looks that are under way, for others who ask the same.
        var looking: [SHA256Digest: Task<PasswordOutcome, Never>] = [:]
        /// How often something was dropped: what was looked up before is not kept after.
        var drops = 0

        /// Drops what is over, and where that is not enough what is wrong, and then all.
        mutating func forget(at now: Timestamp) {
            entries = entries.filter { $0.value.holds(at: now) }
            if entries.count >= RecentPasswords.capacity {
                entries = entries.filter { $0.value.owner != nil }
            }
            if entries.count >= RecentPasswords.capacity { entries = [:] }
        }
    }

    /// How long a right password is not looked at again.
    public static let right = TimeSpan.minutes(5)
    /// How long a wrong one is not.
    public static let wrong = TimeSpan.minutes(1)
    /// The most that are kept.
    static let capacity = 10_000
    /// The most different ones that are looked at, or wait for it, at a time.
    static let mostLooking = 256

    private let key = KeyedHash(key: Sodium.randomBytes(count: KeyedHash.keyLength))
    private let state = Mutex(State())

    /// None yet.
    public init() {}

    /// Takes in a change of the ledger's.
    public func apply(_ change: Change) {
        switch change {
        case .subject(let subject) where subject.isSuspended: drop(subject.id)
        case .password(let subject): drop(subject)
        case .subject, .token, .signInPolicy: break
        }
    }

    private func drop(_ subject: SubjectID) {
        state.withLock { state in
            // What was wrong may be right from now on.
            state.entries = state.entries.filter { $0.value.owner != nil && $0.value.owner != subject }
            state.looking = [:]
            state.drops += 1
        }
    }

    /// What tells that login and password from others, within this process.
    func mark(of presented: PresentedPassword) -> SHA256Digest? {
        key.map(presented.mark)
    }

    /// What came of it lately, if anything did.
    func outcome(of mark: SHA256Digest, at now: Timestamp) -> PasswordOutcome? {
        state.withLock { $0.entries[mark] }.flatMap { entry in
            entry.holds(at: now) ? entry.owner.map { .owner($0) } ?? .wrong : nil
        }
    }

    /// What came of it lately, or comes of one look now, however many ask at once.
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
            case .owner(let owner): state.entries[mark] = Entry(owner: owner, at: now)
            case .wrong: state.entries[mark] = Entry(owner: nil, at: now)
            case .tooManyAttempts, .unavailable: break
            }
        }
    }

    /// How many are kept.
    var count: Int { state.withLock(\.entries.count) }
}
