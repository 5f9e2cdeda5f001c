import Tokens

/// Texts by small numbers, so that one that was seen before is known again without a copy.
struct TextTable {
    /// The texts by their numbers. 0 is the empty one.
    private(set) var texts: [[UInt8]] = [[]]
    private var numbers: [UInt64: UInt32] = [:]
    private var latest: UInt32 = 0

    /// The most texts that are told apart; more of them count as the empty one.
    static let capacity = 4096

    /// The number of the text of those bytes.
    mutating func number(of bytes: Span<UInt8>) -> UInt32 {
        // What asks now is most often what asked before.
        if bytes.isSame(as: texts[Int(latest)]) { return latest }
        let mark = Self.mark(of: bytes)
        if let known = numbers[mark] {
            // Two texts of one mark: the later one goes without a name.
            guard bytes.isSame(as: texts[Int(known)]) else { return 0 }
            latest = known
            return known
        }
        guard !bytes.isEmpty, texts.count < Self.capacity else { return 0 }
        latest = UInt32(texts.count)
        texts.append(bytes.copied)
        numbers[mark] = latest
        return latest
    }

    /// The text of that number.
    func text(_ number: UInt32) -> String {
        String(decoding: texts[Int(number)], as: UTF8.self)
    }

    /// FNV-1a, 64 bits (http://www.isthe.com/chongo/tech/comp/fnv/).
    private static func mark(of bytes: Span<UInt8>) -> UInt64 {
        var mark: UInt64 = 0xCBF2_9CE4_8422_2325
        for index in bytes.indices { mark = (mark ^ UInt64(bytes[index])) &* 0x100_0000_01B3 }
        return mark
    }
}
