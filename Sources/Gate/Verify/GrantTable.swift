import HTTPServer
import Memory
import TokenIndex

/// What a grant is found by.
struct GrantKey: Hashable {
    /// The token's number in the index, and the number of the service. Zero is no key.
    let word: UInt64

    init(_ token: UInt32, at service: UInt32) {
        word = UInt64(token) << 32 | UInt64(service) + 1
    }

    /// Spreads the services of one token (Fibonacci hashing, Knuth, The Art of Computer Programming, section 6.4).
    var spread: Int { Int(truncatingIfNeeded: (word &* 0x9E37_79B9_7F4A_7C15) >> 32) }
}

/// The grants of one server thread, with a response each: a hash table with eight ways.
///
/// A grant and its response share a cell of consecutive cache lines, in memory without references, so that a
/// request for one of very many tokens waits for memory once. The table starts small, and doubles while it
/// has to replace many grants.
struct GrantTable: ~Copyable {
    /// The bytes of a cell.
    private static let cellSize = 512
    /// The keys of a set take one cache line.
    private static let ways = 8
    /// The grants in a new table: they take two megabytes, which is one huge page.
    private static let fewest = 4096

    /// The keys, apart from the cells so that few lines are searched; zero where a cell is free.
    private var keys: [UInt64] = []
    private var cells = Cells<Grant>(0, bytesEach: cellSize)
    /// The holders of grants where more than the time decides; empty until there is one.
    private var holders: [CachedHolder?] = []
    /// Responses that are too long for a cell.
    private var long: [Int: FieldBlock] = [:]
    /// The look-ups of late, and how many grants were replaced by others meanwhile.
    private var asked = 0, replaced = 0
    private let most: Int

    /// A table for up to `most` grants.
    init(most: Int) {
        self.most = 1 << (Int.bitWidth - 1 - max(most, Self.ways).leadingZeroBitCount)
    }

    func prefetch(_ key: GrantKey) {
        if let place = place(of: key) { cells.prefetch(place) }
    }

    mutating func withGrant<Result>(
        of entry: TokenIndex.Entry, _ key: GrantKey, _ body: (inout Grant, CachedResponse) -> Result?
    ) -> Result? {
        asked += 1
        guard let place = place(of: key), cells[place].entry == entry else { return nil }
        var grant = cells[place]
        let login = Int(grant.loginCount)
        let token = Int(grant.tokenStart)..<Int(grant.tokenStart) + Int(grant.tokenCount)
        let holder = holders.isEmpty ? nil : holders[place]
        defer { if cells[place].counted != grant.counted { cells[place].counted = grant.counted } }
        let bytes = cells.bytes(of: place)
        if grant.blockCount > 0 {
            return body(
                &grant,
                CachedResponse(
                    login: bytes.extracting(0..<login),
                    block: bytes.extracting(login..<login + Int(grant.blockCount)), token: token,
                    holder: holder))
        }
        guard let long = long[place] else { return nil }
        return body(
            &grant,
            CachedResponse(
                login: bytes.extracting(0..<login), block: long.bytes.span, token: long.token,
                holder: holder))
    }

    mutating func keep(_ grant: Grant, _ response: FieldBlock, login: [UInt8], holder: CachedHolder?) {
        let key = GrantKey(grant.entry.number, at: grant.service)
        guard login.count + 64 <= cells.room else { return }
        if keys.isEmpty { resize(to: min(Self.fewest, most)) }
        growIfNeeded()
        let place = place(of: key) ?? free(for: key)
        keys[place] = key.word
        var grant = grant
        grant.loginCount = UInt16(login.count)
        cells.write(login.span, of: place, at: 0)
        if login.count + response.bytes.count <= cells.room {
            grant.blockCount = UInt16(response.bytes.count)
            grant.tokenStart = UInt16(response.token.lowerBound)
            grant.tokenCount = UInt16(response.token.count)
            cells.write(response.bytes.span, of: place, at: login.count)
            if !long.isEmpty { long[place] = nil }
        } else {
            long[place] = response
        }
        cells[place] = grant
        if holders.isEmpty, holder != nil { holders = Array(repeating: nil, count: keys.count) }
        if !holders.isEmpty { holders[place] = holder }
    }

    /// Doubles the table where more than one look-up of 32 replaced a grant.
    private mutating func growIfNeeded() {
        guard asked >= keys.count else { return }
        if replaced * 32 > asked, keys.count * 2 <= most { resize(to: keys.count * 2) }
        (asked, replaced) = (0, 0)
    }

    /// Begins anew with room for `count` grants. What was there is judged again when it is next asked for.
    private mutating func resize(to count: Int) {
        keys = Array(repeating: 0, count: count)
        cells = Cells(count, bytesEach: Self.cellSize)
        holders = []
        long = [:]
    }

    private func place(of key: GrantKey) -> Int? {
        guard !keys.isEmpty else { return nil }
        let first = first(of: key)
        for place in first..<first + Self.ways where keys[place] == key.word { return place }
        return nil
    }

    /// The place of a new grant: a free one, or that of another grant.
    private mutating func free(for key: GrantKey) -> Int {
        let first = first(of: key)
        for place in first..<first + Self.ways where keys[place] == 0 { return place }
        replaced += 1
        return first + replaced % Self.ways
    }

    private func first(of key: GrantKey) -> Int {
        key.spread & (keys.count / Self.ways - 1) * Self.ways
    }
}
