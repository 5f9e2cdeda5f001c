internal import Tokens

/// The pairs of a form or a query (WHATWG URL, `application/x-www-form-urlencoded`), in order.
///
/// Parsed in one pass. With more than ``mostPairs`` it is empty; routes refuse such requests before (``RouteLimits``).
public struct FormValues: Sendable {
    /// The most pairs that are parsed.
    static let mostPairs = 2000

    private let pairs: [(name: String, value: String)]

    init() {
        pairs = []
    }

    init(_ pairs: [(name: String, value: String)]) {
        self.pairs = pairs
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

    /// Whether the bytes hold at most `limit` pairs, including empty ones.
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
        bytes.percentDecoded(plusIsSpace: true)
    }

    /// The first value of a name.
    public subscript(_ name: String) -> String? { pairs.first { $0.name == name }?.value }

    /// The first value of a name, or `otherwise`.
    public subscript(_ name: String, default otherwise: String) -> String { self[name] ?? otherwise }

    func firstName(where fits: (String) -> Bool) -> String? { pairs.first { fits($0.name) }?.name }

    /// All pairs, in order.
    public var inOrder: [(name: String, value: String)] { pairs }

    /// All values of a name.
    public func all(_ name: String) -> [String] { pairs.filter { $0.name == name }.map(\.value) }

    /// Whether a name occurs more than once.
    public var repeatsNames: Bool { Set(pairs.map(\.name)).count < pairs.count }

    /// Decodes one name or value of a form.
    public static func decoded(_ text: Substring) -> String {
        decoded(Array(text.utf8).span)
    }
}

extension Span<UInt8> {
    /// The first index of a byte, from `start` on.
    func firstIndex(of byte: UInt8, from start: Int) -> Int? {
        var index = start
        while index < count {
            if self[index] == byte { return index }
            index += 1
        }
        return nil
    }
}
