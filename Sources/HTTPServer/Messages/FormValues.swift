/// The pairs of a form or a query (WHATWG URL, `application/x-www-form-urlencoded`), in order.
///
/// Read in one pass over the bytes. More than ``mostPairs`` are not read at all: a route refuses them first
/// (``RouteLimits``).
public struct FormValues: Sendable {
    /// The most pairs that are ever read.
    static let mostPairs = 2000

    private let pairs: [(name: String, value: String)]

    /// No pair.
    init() {
        pairs = []
    }

    init(encoded bytes: Span<UInt8>) {
        guard Self.mayHold(atMost: Self.mostPairs, bytes) else {
            pairs = []
            return
        }
        var pairs: [(name: String, value: String)] = []
        var start = 0
        while start < bytes.count {
            let end = bytes.firstIndex(of: UInt8(ascii: "&"), from: start) ?? bytes.count
            if end > start { pairs.append(Self.pair(bytes.extracting(start..<end))) }
            start = end + 1
        }
        self.pairs = pairs
    }

    /// Whether those bytes hold no more than so many pairs, empty ones counted. Stops where it is decided.
    static func mayHold(atMost limit: Int, _ bytes: Span<UInt8>) -> Bool {
        if bytes.count < limit { return true }
        var count = 1
        for index in bytes.indices where bytes[index] == UInt8(ascii: "&") {
            count += 1
            if count > limit { return false }
        }
        return true
    }

    private static func pair(_ bytes: Span<UInt8>) -> (name: String, value: String) {
        guard let sign = bytes.firstIndex(of: UInt8(ascii: "="), from: 0) else { return (decoded(bytes), "") }
        return (
            decoded(bytes.extracting(0..<sign)), decoded(bytes.extracting((sign + 1)..<bytes.count))
        )
    }

    private static func decoded(_ bytes: Span<UInt8>) -> String {
        percentDecoded(bytes, plusIsSpace: true)
    }

    /// The first value of that name.
    public subscript(_ name: String) -> String? { pairs.first { $0.name == name }?.value }

    /// The first value of that name, or `otherwise`.
    public subscript(_ name: String, default otherwise: String) -> String { self[name] ?? otherwise }

    /// The first name that fits.
    func firstName(where fits: (String) -> Bool) -> String? { pairs.first { fits($0.name) }?.name }

    /// All values of that name.
    public func all(_ name: String) -> [String] { pairs.filter { $0.name == name }.map(\.value) }

    /// Whether a name stands more than once.
    public var repeatsNames: Bool { Set(pairs.map(\.name)).count < pairs.count }

    /// The text that one name or value of a form spells.
    public static func decoded(_ text: Substring) -> String {
        decoded(Array(text.utf8).span)
    }
}

/// The text of UTF-8 in which each `%XX` is replaced by its byte, and `+` by a space where that is its meaning;
/// a `%` without two digits stays. One pass over the bytes.
func percentDecoded(_ text: Span<UInt8>, plusIsSpace: Bool = false) -> String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count)
    var index = 0
    while index < text.count {
        let byte = text[index]
        index += 1
        switch byte {
        case UInt8(ascii: "%"):
            guard index + 1 < text.count, let high = text[index].hexDigit, let low = text[index + 1].hexDigit
            else {
                bytes.append(byte)
                continue
            }
            bytes.append(high << 4 | low)
            index += 2
        case UInt8(ascii: "+") where plusIsSpace: bytes.append(0x20)
        default: bytes.append(byte)
        }
    }
    return String(decoding: bytes, as: UTF8.self)
}

extension UInt8 {
    /// What it counts as a digit of base 16.
    fileprivate var hexDigit: UInt8? {
        switch self {
        case 0x30...0x39: self - 0x30
        case 0x41...0x46: self - 0x41 + 10
        case 0x61...0x66: self - 0x61 + 10
        default: nil
        }
    }
}

extension Span<UInt8> {
    /// Where that byte stands first, from `start` on.
    func firstIndex(of byte: UInt8, from start: Int) -> Int? {
        var index = start
        while index < count {
            if self[index] == byte { return index }
            index += 1
        }
        return nil
    }
}
