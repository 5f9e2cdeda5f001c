/// A text that equals another only where both have the same bytes.
///
/// Swift compares `String` by canonical equivalence: U+212A, the Kelvin sign, equals `K`. Whatever decides
/// who somebody is or what they may do is compared byte by byte instead: issuers, subjects, audiences,
/// groups, external names. OpenID Connect Core 1.0, section 14, forbids normalization of its identifiers.
public struct ExactText: Hashable, Sendable {
    public let text: String

    public init(_ text: String) {
        self.text = text
    }

    public static func == (left: Self, right: Self) -> Bool { left.text.isExactly(right.text) }

    public func hash(into hasher: inout Hasher) {
        for byte in text.utf8 { hasher.combine(byte) }
    }
}

extension String {
    /// Whether both have the same bytes. Allocates nothing.
    public func isExactly(_ other: String) -> Bool {
        utf8.count == other.utf8.count && utf8.elementsEqual(other.utf8)
    }
}

extension Sequence<String> {
    /// Whether a text with the same bytes is among them. Allocates nothing.
    public func containsExactly(_ text: String) -> Bool { contains { $0.isExactly(text) } }

    /// Whether a text of `other` is among them, byte by byte.
    public func sharesAny(of other: some Sequence<String>) -> Bool { other.contains(where: containsExactly) }

    /// Each text once, in order; texts that differ in a byte are different.
    public func uniqued() -> [String] {
        var seen: Set<ExactText> = []
        return filter { seen.insert(ExactText($0)).inserted }
    }
}
