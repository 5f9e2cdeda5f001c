internal import Memory
public import Tokens

/// Counts verdicts by service, protocol and result. Nothing else of a request is kept, so the number of counters is
/// fixed.
public final class VerdictCounts: Sendable {
    /// The protocol by which a service asks.
    public enum Way: String, CaseIterable, Sendable {
        /// Forward-auth, through a proxy.
        case verify
        /// RFC 7662.
        case introspection
        /// Cyrus SASL's socket.
        case saslauthd

        fileprivate var place: Int {
            switch self {
            case .verify: 0
            case .introspection: 1
            case .saslauthd: 2
            }
        }
    }

    /// What was granted; `anonymous` for reads without credentials.
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

    /// One counter's value.
    public struct Count: Hashable, Sendable {
        /// `nil` for services that are not configured.
        public let service: ServiceName?
        public let way: Way
        public let verdict: Result<Good, Denial>
        public let count: UInt64
    }

    /// A service's first counter, which is that of tokens granted through its proxy.
    struct Row: Hashable, Sendable {
        fileprivate let start: Int
    }

    /// The denials with a reason of their own.
    private static let reasons = Denial.allCases.filter { $0.reported == $0 }
    private static let denials = Dictionary(
        uniqueKeysWithValues: reasons.enumerated().map { ($1, $0 + Good.allCases.count) })
    /// The number of counters for one protocol of a service.
    private static let width = Good.allCases.count + reasons.count
    private static let rowWidth = width * Way.allCases.count

    private let services: [ServiceName]
    private let counters: ShardedCounters

    /// Counters for each service, sharded by server thread.
    public init(_ services: [ServiceName], shards: Int) {
        self.services = services
        counters = ShardedCounters((services.count + 1) * Self.rowWidth, shards: shards)
    }

    /// The row of a service; the last one is shared by all that are not configured.
    func row(of service: ServiceName?) -> Row {
        let number = service.flatMap { services.firstIndex(of: $0) } ?? services.count
        return Row(start: number * Self.rowWidth)
    }

    /// Counts a token granted through a proxy. It is the first counter of its row, which makes this the fast path.
    func grant(in row: Row, shard: Int) {
        counters.add(at: row.start, shard: shard)
    }

    /// Counts a grant without blocking. `lane` is the number of the server thread, `nil` elsewhere.
    func grant(_ good: Good, in row: Row, _ way: Way, shard: Int?) {
        counters.add(at: row.start + way.place * Self.width + good.place, shard: shard)
    }

    /// Counts a denial without blocking.
    func refuse(_ denial: Denial, in row: Row, _ way: Way = .verify, shard: Int?) {
        guard let place = Self.denials[denial.reported] else { return }
        counters.add(at: row.start + way.place * Self.width + place, shard: shard)
    }

    /// All counts, zeros included, except of protocols that a service never used.
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
