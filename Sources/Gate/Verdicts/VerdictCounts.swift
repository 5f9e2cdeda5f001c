internal import Memory
public import Tokens

/// Counts verdicts: by the service, by how it asked, and by what it was told. Nothing else of a request is
/// kept here, so that there are only so many counters.
public final class VerdictCounts: Sendable {
    /// How a service asks.
    public enum Way: String, CaseIterable, Sendable {
        /// Through its proxy.
        case verify
        /// By itself (RFC 7662).
        case introspection
        /// By Cyrus SASL.
        case saslauthd

        fileprivate var place: Int {
            switch self {
            case .verify: 0
            case .introspection: 1
            case .saslauthd: 2
            }
        }
    }

    /// What was presented that was good; `anonymous` where nothing was, and that would do.
    public enum Good: String, CaseIterable, Sendable {
        case token, password, anonymous

        fileprivate var place: Int {
            switch self {
            case .token: 0
            case .password: 1
            case .anonymous: 2
            }
        }
    }

    /// How often a service was told the same.
    public struct Count: Hashable, Sendable {
        /// The service; `nil` for those that are not configured.
        public let service: ServiceName?
        /// How it asked.
        public let way: Way
        /// What was good, or why nothing was.
        public let verdict: Result<Good, Denial>
        /// How often.
        public let count: UInt64
    }

    /// Where a service's counters begin, with those of tokens that were granted to its proxy.
    struct Row: Hashable, Sendable {
        fileprivate let start: Int
    }

    /// Those that have a reason of their own.
    private static let reasons = Denial.allCases.filter { $0.told == $0 }
    private static let denials = Dictionary(
        uniqueKeysWithValues: reasons.enumerated().map { ($1, $0 + Good.allCases.count) })
    /// How many counters there are for one way of a service.
    private static let width = Good.allCases.count + reasons.count
    private static let rowWidth = width * Way.allCases.count

    private let services: [ServiceName]
    private let counters: ShardedCounters

    /// Counts for those services, by that many of the server's threads.
    public init(_ services: [ServiceName], shards: Int) {
        self.services = services
        counters = ShardedCounters((services.count + 1) * Self.rowWidth, shards: shards)
    }

    /// Where to count for that service; the last row is for all that are not configured.
    func row(of service: ServiceName?) -> Row {
        let number = service.flatMap { services.firstIndex(of: $0) } ?? services.count
        return Row(start: number * Self.rowWidth)
    }

    /// Counts a grant of a token to a proxy, as fast as can be: it is the first counter of its row.
    func grant(in row: Row, shard: Int) {
        counters.add(at: row.start, shard: shard)
    }

    /// Counts a grant. Waits for nobody; `lane` is the number of the server's thread, if it is one.
    func grant(_ good: Good, in row: Row, _ way: Way, shard: Int?) {
        counters.add(at: row.start + way.place * Self.width + good.place, shard: shard)
    }

    /// Counts a denial, in the same way.
    func refuse(_ denial: Denial, in row: Row, _ way: Way = .verify, shard: Int?) {
        guard let place = Self.denials[denial.told] else { return }
        counters.add(at: row.start + way.place * Self.width + place, shard: shard)
    }

    /// All counts, those of nothing too; of the ways that were never taken, none.
    public var all: [Count] {
        (services.map(Optional.init) + [nil]).flatMap { service in
            Way.allCases.flatMap { way in
                let counts = counts(of: service, way)
                let isSeen = counts.contains { $0.count > 0 }
                return isSeen || (way == .verify && service != nil) ? counts : []
            }
        }
    }

    private func counts(of service: ServiceName?, _ way: Way) -> [Count] {
        let start = row(of: service).start + way.place * Self.width
        let grants = Good.allCases.map {
            Count(service: service, way: way, verdict: .success($0), count: counters[start + $0.place])
        }
        return grants
            + Self.reasons.enumerated().map { number, denial in
                Count(
                    service: service, way: way, verdict: .failure(denial),
                    count: counters[start + Good.allCases.count + number])
            }
    }
}
