import Synchronization
public import Tokens

/// Programs whose `client_id` is the address of their metadata. The desk fetches it only for somebody who is signed in,
/// remembers it for five minutes, and not too often.
public final class ClientDocuments: Sendable {
    /// From which hosts.
    public let policy: ClientDocumentPolicy
    private let fetch: ClientDocumentFetch
    private let clock: Clock
    private let state = Mutex(State())

    private struct State {
        var limiter = FetchLimiter()
        var known: [ClientDocumentAddress: (client: OAuthClient, since: Timestamp)] = [:]
    }

    private static let memory = TimeSpan.minutes(5)
    private static let capacity = 200

    public init(
        policy: ClientDocumentPolicy, fetch: ClientDocumentFetch = ClientDocumentFetch(), clock: Clock
    ) {
        (self.policy, self.fetch, self.clock) = (policy, fetch, clock)
    }

    /// The client at that address, fetched for `person` unless it is remembered.
    func client(
        at address: ClientDocumentAddress, for person: SubjectID
    ) async throws(ClientDocumentFault) -> OAuthClient {
        guard policy.allows(address.host) else { throw .notAllowed(address.host) }
        let now = clock.steady
        let (known, mayFetch) = state.withLock { state in
            if let entry = state.known[address], entry.since.isWithin(Self.memory, before: now) {
                return (OAuthClient?.some(entry.client), true)
            }
            return (nil, state.limiter.take(person, address.host, at: now))
        }
        if let known { return known }
        guard mayFetch else { throw .tooMany }
        let client = try await fetch.client(at: address)
        state.withLock { state in
            if state.known.count >= Self.capacity { state.known.removeAll(keepingCapacity: true) }
            state.known[address] = (client, clock.steady)
        }
        return client
    }
}

/// Limits how many documents a person has the desk fetch, and how many requests a host gets from it. Memory is bounded.
struct FetchLimiter: Sendable {
    /// The fetches in ten minutes for one person.
    static let perPerson = 10
    /// The fetches in ten minutes from one host.
    static let perHost = 30
    static let window = TimeSpan.minutes(10)
    static let capacity = 10_000

    private enum Key: Hashable {
        case person(SubjectID)
        case host(String)
    }

    private var seen: [Key: (since: Timestamp, count: Int)] = [:]

    /// Counts a fetch; `false` where it is one too many, which is not counted.
    mutating func take(_ person: SubjectID, _ host: String, at now: Timestamp) -> Bool {
        guard count(.person(person), at: now) < Self.perPerson, count(.host(host), at: now) < Self.perHost
        else { return false }
        if seen.count >= Self.capacity { forget(at: now) }
        for key in [Key.person(person), .host(host)] {
            let before = count(key, at: now)
            seen[key] = (before == 0 ? now : seen[key]?.since ?? now, before + 1)
        }
        return true
    }

    private func count(_ key: Key, at now: Timestamp) -> Int {
        guard let entry = seen[key], entry.since.isWithin(Self.window, before: now) else { return 0 }
        return entry.count
    }

    private mutating func forget(at now: Timestamp) {
        seen = seen.filter { $0.value.since.isWithin(Self.window, before: now) }
        if seen.count >= Self.capacity { seen.removeAll(keepingCapacity: true) }
    }
}
