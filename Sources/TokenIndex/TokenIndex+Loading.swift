public import Ledger
internal import Memory
internal import Synchronization
public import Tokens

/// Loads the ledger's content. A change that arrived through ``TokenIndex/apply(_:)`` is never older, and is
/// kept.
extension TokenIndex: LedgerReader {
    public var progress: LoadingProgress { loading.progress }

    public func begin(tokens: Int) {
        loading.begin(tokens)
        records.reserve(tokens)
    }

    public func read(_ subject: Subject) {
        people.set(subject, unlessKnown: true)
    }

    public func read(_ policy: SignInPolicy?) {
        set(policy, isNotified: false)
    }

    public func read(_ policy: TokenPolicy) {
        set(policy, isNotified: false)
    }

    public func read(_ token: borrowing LoadedToken) throws(LedgerError) {
        let words = PackedToken(
            secret: token.secret, of: token.id, isPrevious: token.isPrevious, isPaused: !token.pauses.isEmpty,
            isHandedOver: token.handOver != nil, isOfJob: token.isOfJob, isDelegated: !token.actors.isEmpty,
            isRevoked: token.isRevoked,
            owner: people.number(of: token.owner),
            permissions: token.isRevoked
                ? PermissionTable.removed
                : try permissions.number(scopes: token.scopes, addresses: token.addresses),
            expiresAt: token.expiresAt, createdAt: token.createdAt)
        if words.hasDetails {
            _ = details.set(
                .init(
                    token: token.id, pauses: token.pauses, handOver: token.handOver, actors: token.actors),
                of: token.secret,
                unlessKnown: true)
        }
        let digest = token.digest.words
        loading.batch.withLock { batch in
            batch.append((digest, words.words))
            if batch.count == Loading.batchSize { take(&batch) }
        }
    }

    public func read(_ decoy: DecoyRecord) {
        decoys.set(decoy, unlessKnown: true)
    }

    public func end() {
        loading.batch.withLock { take(&$0) }
        loading.end()
    }

    private func take(_ batch: inout [(key: Words, words: Words)]) {
        records.insert(batch)
        loading.add(batch.count)
        batch.removeAll(keepingCapacity: true)
    }
}

/// How much of the ledger has been loaded.
public struct LoadingProgress: Hashable, Sendable {
    /// The number of tokens read.
    public let read: Int
    /// The number of tokens in the ledger; 0 before it is known.
    public let of: Int
    /// Whether the whole ledger is loaded.
    public let isWhole: Bool

    public init(read: Int, of: Int, isWhole: Bool) {
        self.read = read
        self.of = of
        self.isWhole = isWhole
    }
}

extension LoadingProgress: CustomStringConvertible {
    /// `read 3,000,000 of 10,000,000 tokens (30 %)`.
    public var description: String {
        let share = of > 0 ? min(read * 100 / of, 100) : 0
        return "read \(read.grouped) of \(of.grouped) tokens (\(share) %)"
    }
}

extension Int {
    /// With a comma between groups of three digits.
    fileprivate var grouped: String {
        var text = ""
        for (position, digit) in String(self).reversed().enumerated() {
            if position > 0, position % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return String(text.reversed())
    }
}

/// The state of loading.
final class Loading: Sendable {
    private let expected = Atomic(0)
    private let done = Atomic(0)
    private let whole: Atomic<Bool>
    /// Tokens that were read but are not in the index yet.
    let batch = Mutex<[(key: Words, words: Words)]>([])

    static let batchSize = 256

    init(isWhole: Bool) {
        whole = Atomic(isWhole)
    }

    var isWhole: Bool { whole.load(ordering: .acquiring) }

    var progress: LoadingProgress {
        LoadingProgress(
            read: done.load(ordering: .relaxed), of: expected.load(ordering: .relaxed), isWhole: isWhole)
    }

    func begin(_ count: Int) {
        expected.store(count, ordering: .relaxed)
        done.store(0, ordering: .relaxed)
    }

    func add(_ count: Int) {
        done.wrappingAdd(count, ordering: .relaxed)
    }

    func end() {
        whole.store(true, ordering: .releasing)
    }
}
