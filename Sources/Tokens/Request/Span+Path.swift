extension Span where Element == UInt8 {
    /// Calls `body` with each byte of the decoded path. Returns `false` for an ambiguous path, which a proxy
    /// and the service behind it could read differently; the bytes mean nothing then.
    ///
    /// Ambiguous are: no slash at the start (absolute and authority form), empty segments, segments that end
    /// in a dot or space (`.` and `..` among them; Windows cuts both off), `\`, `;`, `#`, `?`, controls, an
    /// encoded slash or percent sign, invalid percent-encoding and invalid UTF-8. Each is checked after
    /// decoding, so that encoding it changes nothing.
    ///
    /// - Parameters:
    ///   - takesSpaces: whether literal spaces are allowed, as in a path that a person types.
    ///   - scopeStart: the offset in the decoded path at which `@scope%2fname` may stand for `/@scope/name`,
    ///     as npm writes it; `nil` for nowhere.
    func readPath(takesSpaces: Bool = false, scopeStart: Int? = nil, _ body: (UInt8) -> Void) -> Bool {
        guard count > 0, self[0] == UInt8(ascii: "/") else { return false }
        var check = PathCheck()
        var index = 0
        while index < count {
            var byte = self[index]
            if byte == UInt8(ascii: "%") {
                guard let decoded = decodedByte(at: index),
                    decoded != UInt8(ascii: "/") || isPackageScope(endingAt: index, from: scopeStart)
                else { return false }
                byte = decoded
                index += 2
            } else if byte == UInt8(ascii: " "), !takesSpaces {
                return false
            }
            guard check.take(byte) else { return false }
            body(byte)
            index += 1
        }
        return check.mayEnd
    }

    /// Whether this target's path is unambiguously `base` followed by `path`, or below that. Allocates
    /// nothing.
    ///
    /// - Parameter takesPackageScopes: whether `@scope%2fname` directly below `base` is `/@scope/name`.
    func isBelow(_ path: ServicePath, of base: [UInt8], takesPackageScopes: Bool = false) -> Bool {
        var comparison = PathComparison(base: base, path: path.bytes)
        let end = firstIndex(of: UInt8(ascii: "?")) ?? count
        let isPlain = extracting(0..<end).readPath(scopeStart: takesPackageScopes ? base.count : nil) {
            comparison.take($0)
        }
        return isPlain && comparison.isBelow
    }

    /// Whether the encoded slash at `index` is the one of `/@scope%2fname`: the path before it is
    /// unambiguous, is only `/@scope` from `start` on, and something follows.
    private func isPackageScope(endingAt index: Int, from start: Int?) -> Bool {
        guard let start, index + 3 < count else { return false }
        var place = 0
        var fits = true
        let isPlain = extracting(0..<index).readPath { byte in
            switch place - start {
            case 0: fits = fits && byte == UInt8(ascii: "/")
            case 1: fits = fits && byte == UInt8(ascii: "@")
            case 2...: fits = fits && byte != UInt8(ascii: "/")
            default: break
            }
            place += 1
        }
        return isPlain && fits && place > start + 2
    }
}

/// Checks a decoded path byte by byte, see ``Swift/Span/readPath(takesSpaces:scopeStart:_:)``.
struct PathCheck {
    private var last: UInt8?
    /// How many bytes of a UTF-8 sequence are still to come, and the range of the next one.
    private var pending = 0
    private var next: ClosedRange<UInt8> = 0x80...0xBF

    /// Whether a segment may end here: it is not empty, and does not end in a dot or space, which some
    /// services cut off.
    var segmentMayEnd: Bool {
        pending == 0 && last != UInt8(ascii: "/") && last != UInt8(ascii: ".") && last != UInt8(ascii: " ")
    }

    /// Whether the path may end here, with a whole segment or a slash.
    var mayEnd: Bool { segmentMayEnd || last == UInt8(ascii: "/") }

    /// Adds a byte. Returns `false` where it makes the path ambiguous.
    mutating func take(_ byte: UInt8) -> Bool {
        if byte == UInt8(ascii: "/") {
            guard last == nil || segmentMayEnd else { return false }
        } else if byte < 0x80 {
            guard pending == 0, byte >= 0x20, byte != 0x7F, !byte.isOneOf("\\;#?%") else { return false }
        } else {
            guard takeUTF8(byte) else { return false }
        }
        last = byte
        return true
    }

    /// Table 3-7 of the Unicode standard, without the controls U+0080 to U+009F.
    private mutating func takeUTF8(_ byte: UInt8) -> Bool {
        if pending > 0 {
            guard next.contains(byte) else { return false }
            (pending, next) = (pending - 1, 0x80...0xBF)
            return true
        }
        switch byte {
        case 0xC2: (pending, next) = (1, 0xA0...0xBF)
        case 0xC3...0xDF: (pending, next) = (1, 0x80...0xBF)
        case 0xE0: (pending, next) = (2, 0xA0...0xBF)
        case 0xED: (pending, next) = (2, 0x80...0x9F)
        case 0xE1...0xEF: (pending, next) = (2, 0x80...0xBF)
        case 0xF0: (pending, next) = (3, 0x90...0xBF)
        case 0xF1...0xF3: (pending, next) = (3, 0x80...0xBF)
        case 0xF4: (pending, next) = (3, 0x80...0x8F)
        default: return false
        }
        return true
    }
}
