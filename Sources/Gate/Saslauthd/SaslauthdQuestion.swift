/// A request on saslauthd's socket: four fields, each a big-endian 16-bit length and that many bytes.
///
/// ```text
/// 00 05 alice  00 2A jtn_…  00 03 svn  00 00
/// ```
///
/// The protocol is documented only by its source: `lib/checkpw.c` and `saslauthd/ipc_unix.c` of Cyrus SASL.
struct SaslauthdQuestion: Equatable {
    let login: [UInt8]
    let password: [UInt8]
    /// The program's name for its service: `svn`, `ldap`, `smtp`.
    let program: [UInt8]
    let realm: [UInt8]

    /// The most bytes of a field. Cyrus SASL's own limit is 256; a token has about 42.
    static let fieldLimit = 1024

    /// The result of reading the bytes received so far.
    enum Reading: Equatable {
        case whole(SaslauthdQuestion)
        case incomplete
        /// Another protocol, or a field above the limit.
        case malformed
    }

    /// Reads the bytes received so far; bytes after the four fields are ignored.
    static func read(_ bytes: [UInt8]) -> Reading {
        var fields: [[UInt8]] = []
        var rest = bytes[...]
        while fields.count < 4 {
            guard rest.count >= 2 else { return .incomplete }
            let length = Int(rest[rest.startIndex]) << 8 | Int(rest[rest.startIndex + 1])
            guard length <= fieldLimit else { return .malformed }
            guard rest.count >= 2 + length else { return .incomplete }
            fields.append(Array(rest.dropFirst(2).prefix(length)))
            rest = rest.dropFirst(2 + length)
        }
        return .whole(
            Self(login: fields[0], password: fields[1], program: fields[2], realm: fields[3]))
    }
}
