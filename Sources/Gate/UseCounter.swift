import Ledger
import Synchronization
import Tokens

/// Counts uses in memory until they are written: by whose they are, service, address, client and day.
///
/// Memory is bounded: beyond ``UseRecorder/capacity`` kinds of use between two writes, what is new is
/// counted without address and client.
final class UseCounter: Sendable {
    struct Key: Hashable {
        let owner: Int64
        let service: String
        let address: IPAddress?
        let userAgent: String
        let day: Int64
    }

    struct Tally {
        var lastAt: Timestamp
        var count: Int

        mutating func add(_ other: Self) {
            lastAt = max(lastAt, other.lastAt)
            count += other.count
        }
    }

    private final class Shard: Sendable {
        let tallies = Mutex<[Key: Tally]>([:])
    }

    private let shards = (0..<16).map { _ in Shard() }

    /// The most bytes of a client's own words that are looked at.
    private static let userAgentLimit = 200

    /// Counts one use; `owner` is the number of an identifier. (Were this generic over what is identified,
    /// each use would cost an allocation.)
    func add(
        _ owner: Int64, service: String, address: IPAddress?, userAgent: String,
        at now: Timestamp
    ) {
        let day = now.milliseconds / 86_400_000
        let agent =
            userAgent.utf8.count <= Self.userAgentLimit
            ? userAgent : String(userAgent.prefix(Self.userAgentLimit))
        let key = Key(owner: owner, service: service, address: address, userAgent: agent, day: day)
        shards[Int(owner & 15)].tallies.withLock { tallies in
            let isFull = tallies.count >= UseRecorder.capacity / 16 && tallies[key] == nil
            let kept =
                isFull ? Key(owner: owner, service: service, address: nil, userAgent: "", day: day) : key
            if isFull, tallies.count >= UseRecorder.capacity / 8, tallies[kept] == nil { return }
            tallies[kept, default: Tally(lastAt: now, count: 0)].add(Tally(lastAt: now, count: 1))
        }
    }

    /// Hands what was counted to `write`; where that fails it is kept for the next time.
    func flush(
        _ write: ([(key: Key, tally: Tally)]) async throws(LedgerError) -> Void
    ) async throws(LedgerError) {
        let gathered = shards.map { shard in
            shard.tallies.withLock { tallies in
                defer { tallies.removeAll(keepingCapacity: true) }
                return tallies
            }
        }
        let uses = gathered.joined().map { (key: $0, tally: $1) }
        guard !uses.isEmpty else { return }
        do {
            try await write(uses)
        } catch {
            keep(gathered)
            throw error
        }
    }

    private func keep(_ gathered: [[Key: Tally]]) {
        for (shard, tallies) in zip(shards, gathered) {
            shard.tallies.withLock { current in
                for (key, tally) in tallies
                where current.count < UseRecorder.capacity / 16 || current[key] != nil {
                    current[key, default: Tally(lastAt: tally.lastAt, count: 0)].add(tally)
                }
            }
        }
    }
}
