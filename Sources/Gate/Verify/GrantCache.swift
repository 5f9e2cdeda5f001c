import HTTPServer
import Memory
import Synchronization
import TokenIndex
import Tokens

/// Caches grants with their responses: one for each token in use and service.
///
/// A lookup takes the token's entry, just read from the index. A cached grant is valid while that entry is unchanged,
/// so no invalidation is needed: revoking a token or suspending its owner changes the entry.
///
/// Each server thread has its own shard, so threads never contend. A shard is a ``GrantTable``.
final class GrantCache: Sendable {
    /// `@unchecked Sendable` is true because the table is used only under the lock.
    private final class GrantShard: @unchecked Sendable {
        private let lock = Mutex(())
        private var table: GrantTable

        init(most: Int) {
            table = GrantTable(most: most)
        }

        func withTable<Result>(_ body: (inout GrantTable) -> Result) -> Result {
            lock.withLock { _ in body(&table) }
        }
    }

    /// The most grants in all shards together.
    static let capacity = 131_072

    private let shards: [GrantShard]

    init(shards: Int, capacity: Int = GrantCache.capacity) {
        let count = max(1, shards)
        self.shards = (0..<count).map { _ in GrantShard(most: capacity / count) }
    }

    /// Has the processor fetch the grant of a token, by its number in the index.
    func prefetch(_ token: UInt32, at service: UInt32, shard: Int) {
        shards[shard % shards.count].withTable { $0.prefetch(GrantKey(token, at: service)) }
    }

    /// Calls `body` with the grant that is valid for an entry at a service, and with its response; returns `nil` where
    /// there is none.
    func withGrant<Result>(
        of entry: TokenIndex.Entry, at service: UInt32, shard: Int,
        _ body: (inout Grant, CachedResponse) -> Result?
    ) -> Result? {
        shards[shard % shards.count].withTable { table in
            table.withGrant(of: entry, GrantKey(entry.number, at: service), body)
        }
    }

    /// Keeps a grant with its response: in place of one of the same token and service, else of an old one.
    func keep(_ grant: Grant, _ response: FieldBlock, login: [UInt8], holder: CachedHolder?, shard: Int) {
        shards[shard % shards.count].withTable {
            $0.keep(grant, response, login: login, holder: holder)
        }
    }
}

/// A granted token, and until when the time alone decides whether it is granted again.
struct Grant: BitwiseCopyable {
    let entry: TokenIndex.Entry
    /// The number of the service.
    let service: UInt32
    /// Where its latest use was counted.
    var counted = TallySlot.unknown
    /// The number of bytes of the login, and behind it, of the response.
    var loginCount: UInt16 = 0
    var blockCount: UInt16 = 0
    var tokenStart: UInt16 = 0
    var tokenCount: UInt16 = 0
    /// After the clock was set back behind this moment, the token is judged again.
    private let made: Timestamp
    /// Until when the token may read and write at the service, from anywhere and whatever the target.
    private let reading, writing: Timestamp

    init(_ entry: TokenIndex.Entry, of holder: Verdict.Holder, at guarded: GuardedService, now: Timestamp) {
        self.entry = entry
        service = guarded.number
        made = now
        reading = holder.validUntil(.read, at: guarded.service, now: now) ?? .distantPast
        writing = holder.validUntil(.write, at: guarded.service, now: now) ?? .distantPast
    }

    /// Whether the time alone decides about requests with `access`.
    func isDecidedByTime(_ access: Access) -> Bool { (access == .read ? reading : writing) > .distantPast }

    /// Whether a request with `access` is granted at `now`, whatever else it says. Where it is not, more than the time
    /// may decide.
    func isValid(_ access: Access, at now: Timestamp) -> Bool {
        made <= now && now < (access == .read ? reading : writing)
    }
}

/// What is kept beside a grant.
struct CachedResponse: ~Escapable {
    /// The login with which the token was granted.
    let login: Span<UInt8>
    /// The response, as in ``FieldBlock``.
    let block: Span<UInt8>
    let token: Range<Int>
    /// The token with its owner, where more than the time decides.
    let holder: CachedHolder?

    @_lifetime(copy login, copy block)
    init(login: Span<UInt8>, block: Span<UInt8>, token: Range<Int>, holder: CachedHolder?) {
        self.login = login
        self.block = block
        self.token = token
        self.holder = holder
    }
}

/// A token with its owner and the rules, as they were when the token was granted.
final class CachedHolder: Sendable {
    let holder: Verdict.Holder

    init(_ holder: Verdict.Holder) {
        self.holder = holder
    }

    func denies(
        _ login: PresentedLogin, _ request: borrowing ServiceRequest, at service: Service, _ now: Timestamp
    ) -> Bool {
        holder.denial(login: login, service: service, request: request, at: now) != nil
    }
}
