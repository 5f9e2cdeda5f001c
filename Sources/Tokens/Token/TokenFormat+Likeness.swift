internal import Sodium

/// How much a text that is not a token resembles one.
public enum TokenLikeness: Int, Hashable, Comparable, Sendable {
    /// Not at all: a password.
    case none
    /// A damaged token: it begins like one, or has everything but the prefix.
    case brokenToken
    /// It contains a whole token with something around it.
    case holdsToken

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

extension TokenFormat {
    /// The fewest random characters that make a piece of a token, wherever it stands. A shorter piece leaves
    /// more than 90 bits secret.
    private static let leastPiece = 16

    /// How much `bytes` resemble a token, for a text that is not one and could be mistaken for a password.
    ///
    /// Recognises a token in spite of what tools and keyboards do to it: quotes, spaces, line ends, a byte
    /// order mark or another word around it; UTF-16; base64, as Kubernetes shows its secrets; a prefix in
    /// another case, or none.
    public func likeness(of bytes: Span<UInt8>) -> TokenLikeness {
        if bytes.firstIndex(of: 0) != nil {
            // Each character of ASCII in UTF-16 has a NUL beside it.
            let narrow = bytes.copied.filter { $0 != 0 }
            return plainLikeness(of: narrow.span)
        }
        let plain = plainLikeness(of: bytes)
        // Nothing shorter is the base64 of a token.
        guard plain == .none, bytes.count >= length * 4 / 3,
            let decoded = Sodium.bytes(fromBase64: bytes.bare)
        else { return plain }
        return plainLikeness(of: decoded.span)
    }

    private func plainLikeness(of bytes: Span<UInt8>) -> TokenLikeness {
        if isFound(in: bytes) { return .holdsToken }
        if bytes.count >= prefixBytes.count, isPrefix(bytes, endingAt: prefixBytes.count) {
            return .brokenToken
        }
        var start = 0
        while start < bytes.count {
            var end = start
            while end < bytes.count, bytes[end].isBase62 { end += 1 }
            if end - start >= Self.leastPiece, isPrefix(bytes, endingAt: start) { return .brokenToken }
            if end - start == length - prefixBytes.count {
                let whole = prefixBytes + bytes.extracting(start..<end).copied
                if hasForm(whole.span) { return .brokenToken }
            }
            start = end + 1
        }
        return .none
    }

    /// Whether the prefix ends at `end`, in any case, since keyboards capitalise the first letter.
    private func isPrefix(_ bytes: Span<UInt8>, endingAt end: Int) -> Bool {
        let start = end - prefixBytes.count
        guard start >= 0 else { return false }
        for index in prefixBytes.indices where bytes[start + index].lowercased != prefixBytes[index] {
            return false
        }
        return true
    }
}

extension Span<UInt8> {
    /// The bytes without spaces and control characters around them.
    fileprivate var bare: Span<UInt8> {
        @_lifetime(copy self) get {
            var start = 0
            var end = count
            while start < end, self[start] <= 0x20 { start += 1 }
            while end > start, self[end - 1] <= 0x20 { end -= 1 }
            return extracting(start..<end)
        }
    }
}
