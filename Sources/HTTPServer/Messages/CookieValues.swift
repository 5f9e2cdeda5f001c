/// The cookies of a request (RFC 6265, section 5.4), parsed in one pass and decoded on access.
struct CookieValues: Sendable {
    private let bytes: [UInt8]
    private let pairs: [(name: Range<Int>, value: Range<Int>)]

    /// Parses all `Cookie` fields, in order.
    init(_ fields: [String]) {
        let bytes = Array(fields.joined(separator: ";").utf8)
        var pairs: [(name: Range<Int>, value: Range<Int>)] = []
        var start = 0
        while start < bytes.count {
            let end = bytes.span.firstIndex(of: UInt8(ascii: ";"), from: start) ?? bytes.count
            while start < end, bytes[start] == UInt8(ascii: " ") { start += 1 }
            if let sign = bytes[start..<end].firstIndex(of: UInt8(ascii: "=")) {
                pairs.append((start..<sign, (sign + 1)..<end))
            }
            start = end + 1
        }
        self.bytes = bytes
        self.pairs = pairs
    }

    /// The first value of a name, as sent.
    subscript(_ name: String) -> String? {
        let name = Array(name.utf8)
        return pairs.first { bytes[$0.name].elementsEqual(name) }
            .map { text($0.value) }
    }

    /// The first `limit` cookies with a prefix, in order.
    func beginning(with prefix: String, limit: Int) -> [(name: String, value: String)] {
        pairs.lazy.filter { bytes[$0.name].starts(with: prefix.utf8) }.prefix(limit)
            .map { (text($0.name), text($0.value)) }
    }

    private func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
}
