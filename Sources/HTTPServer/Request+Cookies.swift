/// Cookies by the beginning of their names.
extension Request {
    /// The cookies (RFC 6265) whose names begin with `prefix`, in the order in which they were sent; at most
    /// `limit`.
    public func cookies(beginningWith prefix: String, limit: Int) -> [(name: String, value: String)] {
        var found: [(name: String, value: String)] = []
        for header in headers.all("cookie") {
            for pair in header.utf8.split(separator: UInt8(ascii: ";")) {
                let pair = pair.drop { $0 == UInt8(ascii: " ") }
                guard found.count < limit, pair.starts(with: prefix.utf8),
                    let equals = pair.firstIndex(of: UInt8(ascii: "="))
                else { continue }
                found.append(
                    (
                        String(decoding: pair[..<equals], as: UTF8.self),
                        String(decoding: pair[pair.index(after: equals)...], as: UTF8.self)
                    ))
            }
        }
        return found
    }
}
