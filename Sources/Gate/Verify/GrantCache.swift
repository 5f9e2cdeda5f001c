import HTTPServer
import Synchronization
import TokenIndex
import Tokens

/// Caches grants with their prepared responses.
///
/// A lookup takes the token's entry, just read from the index. A cached grant is valid while that entry is unchanged,
/// so no invalidation is needed: revoking a token or suspending its owner changes the entry.
///
/// Each server thread has its own shard, so threads never contend. A shard is 4-way set-associative, by the entry's
/// number.
final class GrantCache: Sendable {
    /// A granted token and its response.
    ///
    /// The fields that each request reads come first and share cache lines; `holder`, which points all over memory, is
    /// only read when they do not decide.
    final class Grant: Sendable {
        let entry: TokenIndex.Entry
        /// The number of the service that was verified.
        private let service: UInt32
        /// The services that the response fits: see ``GuardedService/telling``.
        let telling: UInt32
        /// Where its latest use was counted.
        let counted = Atomic(TallySlot.unknown)
        let answer: PreparedResponse
        /// After the clock was set back behind this moment, the token is judged again.
        private let made: Timestamp
        /// Until when the token may read and write at the service.
        private let reading, writing: Timestamp
        private let login: Login
        private let holder: Verdict.Holder

        init(
            entry: TokenIndex.Entry, holder: Verdict.Holder, at guarded: GuardedService, now: Timestamp,
            answer: PreparedResponse
        ) {
            self.entry = entry
            self.holder = holder
            self.answer = answer
            service = guarded.number
            telling = guarded.telling
            login = holder.owner.login
            made = now
            reading = holder.standing(.read, at: guarded.service, now: now) ?? .distantPast
            writing = holder.standing(.write, at: guarded.service, now: now) ?? .distantPast
        }

        /// Whether a request is granted that presents the token beside `login`.
        func passes(
            _ request: borrowing ServiceRequest, login: PresentedLogin, at guarded: GuardedService,
            now: Timestamp
        ) -> Bool {
            let end = request.access == .read ? reading : writing
            if guarded.number == service, made <= now, now < end, login.isPlainly(self.login) { return true }
            return holder.denial(login: login, service: guarded.service, request: request, at: now) == nil
        }
    }

    private struct Slot {
        var number: UInt32
        var grant: Grant?
    }

    private final class Shard: Sendable {
        let slots = Mutex<[Slot]>([])
    }

    /// The most grants in all shards together; each takes one to two kilobytes.
    static let capacity = 32_768
    /// The slots of a set.
    private static let ways = 4

    private let shards: [Shard]
    private let sets: Int

    init(shards: Int) {
        self.shards = (0..<max(1, shards)).map { _ in Shard() }
        let each = max(Self.capacity / self.shards.count / Self.ways, 64)
        sets = 1 << (Int.bitWidth - 1 - each.leadingZeroBitCount)
    }

    /// The valid grant for an entry at services with the same `telling`, if there is one.
    func grant(of entry: TokenIndex.Entry, told telling: UInt32, shard: Int) -> Grant? {
        shards[shard % shards.count].slots.withLock { slots in
            guard !slots.isEmpty else { return nil }
            let start = place(of: entry)
            for index in start..<start + Self.ways where slots[index].number == entry.number {
                guard let grant = slots[index].grant, grant.entry == entry else { return nil }
                if grant.telling == telling { return grant }
            }
            return nil
        }
    }

    /// Inserts a grant: in place of an outdated one of the same token, else of the oldest in the set.
    func keep(_ grant: Grant, shard: Int) {
        shards[shard % shards.count].slots.withLock { slots in
            if slots.isEmpty {
                slots = Array(repeating: Slot(number: 0, grant: nil), count: sets * Self.ways)
            }
            let start = place(of: grant.entry)
            let new = Slot(number: grant.entry.number, grant: grant)
            let places = start..<start + Self.ways
            // A grant of an older entry of this token can never be valid again.
            let same = places.first {
                guard slots[$0].number == new.number, let kept = slots[$0].grant else { return false }
                return kept.telling == grant.telling || kept.entry != grant.entry
            }
            if let same {
                slots[same] = new
                return
            }
            for index in places.dropFirst().reversed() { slots[index] = slots[index - 1] }
            slots[start] = new
        }
    }

    private func place(of entry: TokenIndex.Entry) -> Int {
        (Int(entry.number) & (sets - 1)) * Self.ways
    }
}
