import Ledger
import Synchronization
import Tokens

/// Counts uses in memory until they are written: by whose they are, service, address, client and day.
///
/// Each of the server's threads counts in a lane of its own, so that none waits for another.
///
/// Memory is bounded: beyond ``UseTallies/capacity`` kinds of use in a lane between two writes, what is
/// new is counted without address and client.
final class UseCounter: Sendable {
    private final class Shard: Sendable {
        let tallies = Mutex(UseTallies())
    }

    private let shards: [Shard]
    /// How many kinds were taken and are not written yet.
    private let underWay = Atomic(0)
    private let written = Atomic(0)
    private let lost = Atomic(0)

    /// A counter for that many threads; the last lane is for all who have none.
    init(shards: Int) {
        self.shards = (0...shards).map { _ in Shard() }
    }

    /// Counts one use; `owner` is the number of an identifier, and `lane` that of the server's thread.
    /// Returns what to give as `likely` with the next of that owner and lane.
    @discardableResult
    func add(
        _ owner: Int64, service: Span<UInt8>, address: IPAddress?, userAgent: Span<UInt8>, at now: Timestamp,
        shard: Int?, likely: UInt32 = .max
    ) -> UInt32 {
        let place = shards[min(shard ?? .max, shards.count - 1)].tallies.withLock {
            $0.add(
                owner, service: service, address: address, userAgent: userAgent, at: now, likely: likely)
        }
        if place == .max { lost.wrappingAdd(1, ordering: .relaxed) }
        return place
    }

    /// What became of what was counted.
    var figures: UseFigures {
        let gathered = shards.reduce(0) { $0 + $1.tallies.withLock(\.count) }
        return UseFigures(
            waiting: gathered + underWay.load(ordering: .relaxed),
            written: written.load(ordering: .relaxed), lost: lost.load(ordering: .relaxed))
    }

    /// Whether so much is gathered that it should be written soon.
    var isFilling: Bool {
        shards.contains { $0.tallies.withLock { $0.count > UseTallies.capacity / 2 } }
    }

    /// What was counted since it was last taken, in the order of whose it is.
    func take() -> [GatheredUse] {
        let gathered = shards.map { shard in
            // What takes the place is made before, so that nobody waits while it is.
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

    /// Takes in that these were written, which were taken.
    func count(written uses: some Collection<GatheredUse>) {
        underWay.wrappingSubtract(uses.count, ordering: .relaxed)
        written.wrappingAdd(uses.reduce(0) { $0 + $1.count }, ordering: .relaxed)
    }

    /// Counts again what was taken and could not be written.
    func keep(_ uses: some Collection<GatheredUse>) {
        underWay.wrappingSubtract(uses.count, ordering: .relaxed)
        for use in uses {
            let isKept = shards[shards.count - 1].tallies.withLock { $0.keep(use) }
            if !isKept { lost.wrappingAdd(use.count, ordering: .relaxed) }
        }
    }
}

/// What was counted of one kind of use.
struct GatheredUse {
    let owner: Int64
    let service: String
    let address: IPAddress?
    let userAgent: String
    let lastAt: Timestamp
    let count: Int
}
