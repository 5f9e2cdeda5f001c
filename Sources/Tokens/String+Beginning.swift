extension String {
    /// Its beginning: as many whole Unicode scalars as have at most so many bytes of UTF-8. A count of characters
    /// would bound nothing, since one may have any number of combining marks.
    public func beginning(bytes most: Int) -> String {
        guard utf8.count > most else { return self }
        var end = utf8.index(startIndex, offsetBy: most)
        // What continues a scalar (RFC 3629, section 3) begins with the bits 10.
        while end > startIndex, utf8[end] & 0xC0 == 0x80 { end = utf8.index(before: end) }
        return String(self[..<end])
    }
}
