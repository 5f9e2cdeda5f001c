import Ledger
import Synchronization
import Tokens

/// Counts uses in memory until they are written: one tally for each owner, service, address, client and day.
///
/// Each server thread has its own shard, so threads never contend. Memory is bounded: above ``UseTallies/capacity``
/// tallies in a shard, new uses are counted without address and client.
final class UseCounter: Sendable {
    private final class UseShard: Sendable {
        let tallies = Mutex(UseTallies())
    }

    private let shards: [UseShard]
    /// The number of tallies that were taken and are not written yet.
    private let underWay = Atomic(0)
    private let written = Atomic(0)
    private let lost = Atomic(0)

    /// One shard for each thread, and one for callers without a number.
    init(shards: Int) {
        self.shards = (0...shards).map { _ in UseShard() }
    }

    /// Counts one use; `owner` is the number of a token or person, `lane` that of the server thread. Returns the `hint`
    /// for the owner's next use on this thread.
    @discardableResult
    func add(
        _ owner: Int64, service: Span<UInt8>, address: IPAddress?, userAgent: Span<UInt8>, at now: Timestamp,
        access: AccessSet = [], shard: Int?, hint: TallySlot = .unknown
    ) -> TallySlot {
        let slot = shards[min(shard ?? .max, shards.count - 1)].tallies.withLock {
            $0.add(
                owner, service: service, address: address, userAgent: userAgent, at: now,
                access: access, hint: hint)
        }
        if slot == .unknown { lost.wrappingAdd(1, ordering: .relaxed) }
        return slot
    }

    var figures: UseFigures {
        let gathered = shards.reduce(0) { $0 + $1.tallies.withLock(\.count) }
        return UseFigures(
            waiting: gathered + underWay.load(ordering: .relaxed),
            written: written.load(ordering: .relaxed), lost: lost.load(ordering: .relaxed))
    }

    /// Whether a shard is more than half full.
    var isFilling: Bool {
        shards.contains { $0.tallies.withLock { $0.count > UseTallies.capacity / 2 } }
    }

    /// Takes all tallies, sorted by owner.
    func take() -> [GatheredUse] {
        let gathered = shards.map { shard in
            // Allocated outside the lock.
            var taken = UseTallies(after: shard.tallies.withLock(\.count))
            shard.tallies.withLock { tallies in
                taken.keepTexts(of: tallies)
                swap(&tallies, &taken)
            }
            return taken
        }
        let uses = gathered.flatMap(\.uses).sorted { $0.owner < $1.owner }
        underWay.wrappingAdd(uses.count, ordering: .relaxed)
        return uses
    }

    /// Counts taken tallies as written.
    func count(written uses: some Collection<GatheredUse>) {
        underWay.wrappingSubtract(uses.count, ordering: .relaxed)
        written.wrappingAdd(uses.reduce(0) { $0 + $1.count }, ordering: .relaxed)
    }

    /// Puts taken tallies back after a failed write.
    func keep(_ uses: some Collection<GatheredUse>) {
        underWay.wrappingSubtract(uses.count, ordering: .relaxed)
        for use in uses {
            let isKept = shards[shards.count - 1].tallies.withLock { $0.keep(use) }
            if !isKept { lost.wrappingAdd(use.count, ordering: .relaxed) }
        }
    }
}

/// One tally.
struct GatheredUse {
    let owner: Int64
    let service: String
    let address: IPAddress?
    let userAgent: String
    let lastAt: Timestamp
    let count: Int
    let access: AccessSet
}

/// The numbers of uses since the start, for monitoring.
public struct UseFigures: Hashable, Sendable {
    /// Tallies that wait to be written.
    public let waiting: Int
    /// Uses that were written.
    public let written: Int
    /// Uses that were not counted because every tally was taken.
    public let lost: Int

    static func + (one: Self, other: Self) -> Self {
        Self(
            waiting: one.waiting + other.waiting, written: one.written + other.written,
            lost: one.lost + other.lost)
    }
}
