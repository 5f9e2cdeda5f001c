/// Counts the *distinct* secrets that failed from each address within a minute.
///
/// One stale token in a CI loop counts once, however often it is sent, and never bans the office that it
/// comes from. Only answers to failing secrets are slowed: a good token is always accepted. Memory is
/// bounded.
public struct GuessLimiter: Sendable {
    /// The distinct failing secrets that an address may send in a minute before it has to wait.
    public static let limit = 60
    static let window = TimeSpan.minutes(1)
    static let capacity = 10_000

    private struct Seen {
        var since: Timestamp
        var fingerprints: Set<Int> = []
    }

    private var seen: [IPAddress: Seen] = [:]

    public init() {}

    /// Counts a failing secret. Returns whether the address has sent too many different ones.
    ///
    /// - Parameter address: `nil` where it is not known; all of those count as one address.
    public mutating func fail(_ fingerprint: Int, from address: IPAddress?, at now: Timestamp) -> Bool {
        let network = (address ?? .unspecified).network
        var here = seen[network] ?? Seen(since: now)
        if !here.since.isWithin(Self.window, before: now) { here = Seen(since: now) }
        if here.fingerprints.count <= Self.limit { here.fingerprints.insert(fingerprint) }
        if seen[network] == nil, seen.count >= Self.capacity { forget(at: now) }
        seen[network] = here
        return here.fingerprints.count > Self.limit
    }

    private mutating func forget(at now: Timestamp) {
        seen = seen.filter { $0.value.since.isWithin(Self.window, before: now) }
        if seen.count >= Self.capacity { seen.removeAll(keepingCapacity: true) }
    }
}
