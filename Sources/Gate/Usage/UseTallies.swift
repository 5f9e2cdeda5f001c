import Synchronization
import Tokens

/// Where a use was counted. Handed in with the next use of the same kind, it spares a hash; one that is out of
/// date does no harm.
struct TallySlot: RawRepresentable, Hashable, Sendable, BitwiseCopyable {
    let rawValue: UInt32

    /// Counted nowhere yet.
    static var unknown: Self { Self(rawValue: .max) }
}

/// The uses that one thread has counted since the last write.
///
/// Counting a use again costs neither an allocation nor a hash if the caller passes the ``TallySlot`` of the last one.
struct UseTallies {
    /// The most tallies with address and client between two writes; each takes some hundred bytes.
    static let capacity = 200_000
    /// The most bytes of a user agent; the rest is ignored.
    private static let userAgentLimit = 200

    // Small, since each use of another token waits for its tally's memory.
    private struct UseKey: Hashable {
        let owner: Int64
        let address: IPAddress?
        let day: Int32
        let service: UInt32
        let userAgent: UInt32
    }

    private struct Tally {
        let kind: UseKey
        var lastAt: Timestamp
        var count: Int32
        var access: AccessSet

        mutating func add(_ more: Int, _ used: AccessSet, at now: Timestamp) {
            lastAt = max(lastAt, now)
            count = Int32(clamping: Int(count) + more)
            access.formUnion(used)
        }
    }

    private var tallies: [Tally] = []
    private var places: [UseKey: UInt32] = [:]
    private var services = TextTable()
    private var userAgents = TextTable()

    init() {}

    /// Reserves capacity for `count` tallies.
    init(after count: Int) {
        guard count > 0 else { return }
        tallies.reserveCapacity(count)
        places.reserveCapacity(count)
    }

    var count: Int { tallies.count }

    /// Copies the interned texts of `other`, unless there are many.
    mutating func keepTexts(of other: Self) {
        if other.services.texts.count < TextTable.capacity / 2 { services = other.services }
        if other.userAgents.texts.count < TextTable.capacity / 2 { userAgents = other.userAgents }
    }

    /// Counts one use, at `hint` if that is its tally. Returns its slot; ``TallySlot/unknown`` if there was no room.
    mutating func add(
        _ owner: Int64, service: Span<UInt8>, address: IPAddress?, userAgent: Span<UInt8>, at now: Timestamp,
        access: AccessSet = [], hint: TallySlot
    ) -> TallySlot {
        let agent = userAgent.extracting(0..<min(userAgent.count, Self.userAgentLimit))
        let kind = kind(owner, service, address, agent, at: now)
        return add(kind, count: 1, access, at: now, hint: hint)
    }

    /// Puts a tally back after a failed write; `false` if there was no room.
    mutating func keep(_ use: GatheredUse) -> Bool {
        let (service, agent) = (Array(use.service.utf8), Array(use.userAgent.utf8))
        let kind = kind(use.owner, service.span, use.address, agent.span, at: use.lastAt)
        return add(kind, count: use.count, use.access, at: use.lastAt, hint: .unknown) != .unknown
    }

    private mutating func kind(
        _ owner: Int64, _ service: Span<UInt8>, _ address: IPAddress?, _ userAgent: Span<UInt8>,
        at time: Timestamp
    ) -> UseKey {
        UseKey(
            owner: owner, address: address, day: Int32(clamping: time.day),
            service: services.number(of: service), userAgent: userAgents.number(of: userAgent))
    }

    private mutating func add(
        _ kind: UseKey, count: Int, _ access: AccessSet, at now: Timestamp, hint: TallySlot
    ) -> TallySlot {
        var place = Int(hint.rawValue)
        if place >= tallies.count || tallies[place].kind != kind {
            guard let found = find(kind, at: now) else { return .unknown }
            place = found
        }
        tallies[place].add(count, access, at: now)
        return TallySlot(rawValue: UInt32(place))
    }

    /// The index of the tally: above ``capacity`` that without address and client, `nil` above twice as many.
    private mutating func find(_ kind: UseKey, at now: Timestamp) -> Int? {
        if let place = places[kind] { return Int(place) }
        if tallies.count < Self.capacity { return append(kind, at: now) }
        let plain = UseKey(
            owner: kind.owner, address: nil, day: kind.day, service: kind.service, userAgent: 0)
        if let place = places[plain] { return Int(place) }
        return tallies.count < Self.capacity * 2 ? append(plain, at: now) : nil
    }

    private mutating func append(_ kind: UseKey, at now: Timestamp) -> Int {
        places[kind] = UInt32(tallies.count)
        tallies.append(Tally(kind: kind, lastAt: now, count: 0, access: []))
        return tallies.count - 1
    }

    var uses: [GatheredUse] {
        tallies.map { tally in
            GatheredUse(
                owner: tally.kind.owner, service: services.text(tally.kind.service),
                address: tally.kind.address, userAgent: userAgents.text(tally.kind.userAgent),
                lastAt: tally.lastAt, count: Int(tally.count), access: tally.access)
        }
    }
}

/// Interns texts as small numbers, so a text seen before needs no copy.
struct TextTable {
    /// The texts by number; 0 is the empty text.
    private(set) var texts: [[UInt8]] = [[]]
    private var numbers: [UInt64: UInt32] = [:]
    private var latest: UInt32 = 0
    /// The text of ``latest``.
    private var latestText: [UInt8] = []

    /// The most texts; further ones count as empty.
    static let capacity = 4096

    mutating func number(of bytes: Span<UInt8>) -> UInt32 {
        // Usually the same text as last time.
        if bytes.isSame(as: latestText) { return latest }
        let mark = bytes.mark
        if let known = numbers[mark] {
            // A hash collision: the later text counts as empty.
            guard bytes.isSame(as: texts[Int(known)]) else { return 0 }
            (latest, latestText) = (known, texts[Int(known)])
            return known
        }
        guard !bytes.isEmpty, texts.count < Self.capacity else { return 0 }
        latest = UInt32(texts.count)
        latestText = bytes.copied
        texts.append(latestText)
        numbers[mark] = latest
        return latest
    }

    func text(_ number: UInt32) -> String {
        String(decoding: texts[Int(number)], as: UTF8.self)
    }
}
