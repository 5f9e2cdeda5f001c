internal import Sodium

/// How much a text that is no token looks like one.
public enum TokenLikeness: Int, Hashable, Comparable, Sendable {
    /// Not at all: a password.
    case none
    /// It was a token once: it begins as one, or all but the prefix is there.
    case brokenToken
    /// There is a whole token in it, with something around it.
    case holdsToken

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

extension TokenFormat {
    /// From how many random characters on a piece of a token is taken for one wherever it stands. What is
    /// shorter leaves more than 90 bits untold.
    private static let leastPiece = 16

    /// How much `bytes` look like a token, for a text that is none and could be taken for a password.
    ///
    /// Seen through are what tools and keyboards do to a token: quotes, blanks, line ends, a byte order mark or
    /// another word around it; UTF-16; base64, as Kubernetes shows its secrets; a prefix in another case, or
    /// lost.
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

    /// Whether the prefix stands before `end`, in any case: keyboards write the first letter large.
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
    /// The bytes without blanks and line ends around them.
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
