import HTTPServer
import Ledger
import Synchronization
import Tokens

/// What was granted lately, with its answer ready, for as long as it is right.
///
/// Each of the server's threads keeps its own, so that none waits for another. A grant is asked for by the
/// token's entry in the index, just read: it is right while nothing of that entry has changed.
final class GrantCache: Sendable {
    /// A token that was granted, and its answer.
    ///
    /// What each request reads stands together, in the first lines of the processor's cache; the holder,
    /// which points all over the memory, is read only where that does not tell.
    final class Grant: Sendable {
        let entry: TokenIndex.Entry
        /// The number of the service at which it was granted.
        private let service: UInt32
        /// Which services its answer is for.
        let telling: UInt32
        /// Where its latest use was counted.
        let counted = Atomic<UInt32>(.max)
        let answer: PreparedResponse
        /// When it was granted: under a clock that was set back since, all is judged again.
        private let made: Timestamp
        /// Until when whoever presents the token may read there, and write.
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

        /// Whether the request passes that presents the token beside `login`.
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

    /// The most grants that are kept, in all lanes together; each takes one to two kilobytes.
    static let capacity = 32_768
    /// The slots in which a token's grant may be.
    private static let ways = 4

    private let shards: [Shard]
    private let sets: Int

    /// A cache for that many threads.
    init(shards: Int) {
        self.shards = (0..<max(1, shards)).map { _ in Shard() }
        let each = max(Self.capacity / self.shards.count / Self.ways, 64)
        sets = 1 << (Int.bitWidth - 1 - each.leadingZeroBitCount)
    }

    /// The grant of that entry at services that are told the same, where one is kept that is still right.
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

    /// Keeps a grant in place of the one that was of the same token, or that came longest ago.
    func keep(_ grant: Grant, shard: Int) {
        shards[shard % shards.count].slots.withLock { slots in
            if slots.isEmpty {
                slots = Array(repeating: Slot(number: 0, grant: nil), count: sets * Self.ways)
            }
            let start = place(of: grant.entry)
            let new = Slot(number: grant.entry.number, grant: grant)
            let places = start..<start + Self.ways
            // What was kept of another state of the token is of no use any more.
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
