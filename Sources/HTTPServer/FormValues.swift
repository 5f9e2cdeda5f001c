/// The pairs of a form or a query (WHATWG URL, `application/x-www-form-urlencoded`), in order.
public struct FormValues: Sendable {
    private let pairs: [(name: String, value: String)]

    init(encoded: String) {
        pairs = encoded.split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (Self.decoded(parts[0]), parts.count == 2 ? Self.decoded(parts[1]) : "")
        }
    }

    /// The first value of that name.
    public subscript(_ name: String) -> String? { pairs.first { $0.name == name }?.value }

    /// The first value of that name, or `otherwise`.
    public subscript(_ name: String, default otherwise: String) -> String { self[name] ?? otherwise }

    /// All values of that name.
    public func all(_ name: String) -> [String] { pairs.filter { $0.name == name }.map(\.value) }

    /// Whether a name stands more than once.
    public var repeatsNames: Bool { Set(pairs.map(\.name)).count < pairs.count }

    /// The text that one name or value of a form spells.
    public static func decoded(_ text: Substring) -> String {
        percentDecoded(text.replacing("+", with: " "))
    }
}

/// `text` with each `%XX` replaced by its byte, read as UTF-8; a `%` without two digits stays.
func percentDecoded(_ text: some StringProtocol) -> String {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
        if byte == UInt8(ascii: "%"), rest.count >= 2, !rest.prefix(2).contains(UInt8(ascii: "+")),
            let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
        {
            bytes.append(value)
            rest = rest.dropFirst(2)
        } else {
            bytes.append(byte)
        }
    }
    return String(decoding: bytes, as: UTF8.self)
}
