/// Places for values in a statement, which PostgreSQL writes `$1`.
enum Placeholders {
    /// `sql` with each `?` as the next `$n` and each `?n` as `$n`; quoted text stays as it is.
    static func numbered(_ sql: String) -> String {
        var result: [UInt8] = []
        var (next, quote) = (1, nil as UInt8?)
        let bytes = Array(sql.utf8)
        for (index, byte) in bytes.enumerated() {
            if quote != nil {
                if byte == quote { quote = nil }
            } else if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
                quote = byte
            } else if byte == UInt8(ascii: "?") {
                result.append(UInt8(ascii: "$"))
                let following = index + 1 < bytes.count ? bytes[index + 1] : 0
                if !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(following) {
                    result += Array("\(next)".utf8)
                    next += 1
                }
                continue
            }
            result.append(byte)
        }
        return String(decoding: result, as: UTF8.self)
    }
}
