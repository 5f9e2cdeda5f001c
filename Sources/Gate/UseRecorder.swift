public import Ledger
import Synchronization
public import Tokens

/// Remembers which tokens were used, without a write on the request's path.
///
/// Uses are counted in memory and written once a second and at the stop; a crash loses a second of
/// them at most. Memory is bounded: beyond ``capacity`` kinds of use a second, what is new is
/// counted without address and client.
public final class UseRecorder: Sendable {
    fileprivate struct Key: Hashable {
        let token: TokenID
        let service: String
        let address: IPAddress?
        let userAgent: String
        let day: Int64
    }

    fileprivate struct Tally {
        var lastAt: Timestamp
        var count: Int
    }

    private final class Shard: Sendable {
        let tallies = Mutex<[Key: Tally]>([:])
    }

    private let ledger: any Ledger
    private let format: TokenFormat
    private let shards = (0..<16).map { _ in Shard() }

    /// The kinds of use that are told apart between two writes.
    public static let capacity = 64_000
    /// The most bytes of a client's own words that are looked at.
    private static let userAgentLimit = 200

    /// Records into `ledger`; a client that names itself with something of that form stays unnamed.
    public init(ledger: any Ledger, format: TokenFormat = .standard) {
        self.ledger = ledger
        self.format = format
    }

    /// Counts one use.
    public func record(
        _ token: TokenID, service: String, address: IPAddress?, userAgent: String, at now: Timestamp
    ) {
        let day = now.milliseconds / 86_400_000
        let agent =
            userAgent.utf8.count <= Self.userAgentLimit
            ? userAgent : String(userAgent.prefix(Self.userAgentLimit))
        let key = Key(token: token, service: service, address: address, userAgent: agent, day: day)
        shards[Int(token.number & 15)].tallies.withLock { tallies in
            let isFull = tallies.count >= Self.capacity / 16 && tallies[key] == nil
            let kept =
                isFull ? Key(token: token, service: service, address: nil, userAgent: "", day: day) : key
            if isFull, tallies.count >= Self.capacity / 8, tallies[kept] == nil { return }
            tallies[kept, default: Tally(lastAt: now, count: 0)].add(Tally(lastAt: now, count: 1))
        }
    }

    /// Writes what was gathered. Where the ledger fails it is kept for the next time.
    public func flush() async throws(LedgerError) {
        let gathered = shards.map { shard in
            shard.tallies.withLock { tallies in
                defer { tallies.removeAll(keepingCapacity: true) }
                return tallies
            }
        }
        let uses = gathered.joined().map { key, tally in
            Use(
                token: key.token, service: key.service, address: key.address?.description ?? "",
                client: client(key.userAgent), lastAt: tally.lastAt, count: tally.count)
        }
        guard !uses.isEmpty else { return }
        do {
            try await ledger.record(uses)
        } catch {
            keep(gathered)
            throw error
        }
    }

    /// The client's name for people. What it says of itself is kept, so it must not hold a token.
    private func client(_ userAgent: String) -> String {
        ClientName.of(userAgent: format.isFound(in: userAgent) ? "" : userAgent)
    }

    private func keep(_ gathered: [[Key: Tally]]) {
        for (shard, tallies) in zip(shards, gathered) {
            shard.tallies.withLock { current in
                for (key, tally) in tallies where current.count < Self.capacity / 16 || current[key] != nil {
                    current[key, default: Tally(lastAt: tally.lastAt, count: 0)].add(tally)
                }
            }
        }
    }

    /// Writes once a second until the task is cancelled; `report` is told of each failure.
    public func run(report: @Sendable (LedgerError) -> Void) async {
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(1))
            do throws(LedgerError) { try await flush() } catch { report(error) }
        }
    }
}

extension UseRecorder.Tally {
    fileprivate mutating func add(_ other: Self) {
        lastAt = max(lastAt, other.lastAt)
        count += other.count
    }
}
