/// Reads request targets in the forms that proxies and WebDAV's clients send.
extension Span where Element == UInt8 {
    /// The path and query of a target in a header: of a path, or of an absolute `http` address (RFC 9110,
    /// section 7.1). Anything else comes back unchanged, and is not a valid path. Empty where the target is
    /// ambiguous.
    ///
    /// A hop may join the lines of a field with commas (RFC 9110, section 5.3). Then the first line's path
    /// would be judged and another line's be served. So no comma may stand in the path, nor in the query
    /// before something that begins a target: `/`, `*`, `http:` or `https:`.
    public var headerTarget: Span<UInt8> {
        @_lifetime(copy self) get {
            mayBeJoined ? extracting(0..<0) : withoutAuthority
        }
    }

    /// The path of WebDAV's `Destination` (RFC 4918, section 10.3), in the same forms. Empty where it has a
    /// comma: both lines of a joined field may come from the client, in a form that only its service knows.
    public var headerDestination: Span<UInt8> {
        @_lifetime(copy self) get {
            firstIndex(of: UInt8(ascii: ",")) == nil ? withoutAuthority : extracting(0..<0)
        }
    }

    /// The part of an absolute address after its authority: path, query and fragment, or nothing. `nil` for a
    /// path, and for another scheme than `http` and `https` unless `ofAnyScheme`.
    ///
    /// The authority ends at `/`, `?` or `#` (RFC 3986, section 3.2).
    @_lifetime(copy self)
    public func behindAuthority(ofAnyScheme: Bool = false) -> Span<UInt8>? {
        guard let start = ofAnyScheme ? anyAuthorityStart : authorityStart else { return nil }
        return extracting(authorityEnd(from: start)..<count)
    }

    /// As ``behindAuthority(ofAnyScheme:)``. Unchanged where there is no authority, or one that others could
    /// read differently: an empty one, or one with characters that must not stand in it.
    private var withoutAuthority: Span<UInt8> {
        @_lifetime(copy self) get {
            if isEmpty || self[0] == UInt8(ascii: "/") { return self }
            guard let start = authorityStart else { return self }
            let end = authorityEnd(from: start)
            guard start < end, extracting(start..<end).isPlainAuthority else { return self }
            return extracting(end..<count)
        }
    }

    private var authorityStart: Int? {
        let length: Int
        if count >= 7, extracting(0..<7).equals("http://") {
            length = 7
        } else if count >= 8, extracting(0..<8).equals("https://") {
            length = 8
        } else {
            return nil
        }
        return length
    }

    /// The index after the first `://` before a query or fragment.
    private var anyAuthorityStart: Int? {
        var index = 0
        while index + 2 < count, self[index] != UInt8(ascii: "?"), self[index] != UInt8(ascii: "#") {
            if self[index] == UInt8(ascii: ":"), self[index + 1] == UInt8(ascii: "/"),
                self[index + 2] == UInt8(ascii: "/")
            {
                return index + 3
            }
            index += 1
        }
        return nil
    }

    private func authorityEnd(from start: Int) -> Int {
        var end = start
        while end < count, !self[end].isOneOf("/?#") { end += 1 }
        return end
    }

    /// Checks for the characters of RFC 3986, section 3.2, without the comma, which may be a hop's.
    private var isPlainAuthority: Bool {
        for index in indices where !self[index].isBase62 && !self[index].isOneOf("-._~%!$&'()*+;=:@[]") {
            return false
        }
        return true
    }

    /// Whether the value may be two joined lines, see ``headerTarget``.
    private var mayBeJoined: Bool {
        var isQuery = false
        for index in indices {
            if self[index] == UInt8(ascii: "?") {
                isQuery = true
            } else if self[index] == UInt8(ascii: ",") {
                if !isQuery || extracting(index + 1..<count).beginsAsTarget { return true }
            }
        }
        return false
    }

    /// Whether another target may begin here, after the spaces that a hop adds.
    private var beginsAsTarget: Bool {
        var start = 0
        while start < count, self[start] == 0x20 || self[start] == 0x09 { start += 1 }
        guard start < count else { return false }
        if self[start].isOneOf("/*") { return true }
        let rest = extracting(start..<count)
        return rest.count >= 5 && rest.extracting(0..<5).equals("http:")
            || rest.count >= 6 && rest.extracting(0..<6).equals("https:")
    }
}
