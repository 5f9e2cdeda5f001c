/// What a program asks over saslauthd's socket: four fields, each two bytes of length, the more
/// significant first, and so many bytes.
///
/// Cyrus SASL documents no more of the protocol than its own two sides (`lib/checkpw.c` and
/// `saslauthd/ipc_unix.c`).
struct SaslauthdQuestion: Equatable {
    let login: [UInt8]
    let password: [UInt8]
    /// What the program calls its own service: `svn`, `ldap`, `smtp`.
    let program: [UInt8]
    let realm: [UInt8]

    /// The most bytes of a field. Cyrus SASL itself takes 256; a token has about 42.
    static let fieldLimit = 1024

    /// What the bytes so far are.
    enum Reading: Equatable {
        case whole(SaslauthdQuestion)
        case incomplete
        /// It is not that protocol, or a field is longer than any may be.
        case malformed
    }

    /// Reads the bytes that came so far. What stands behind the four fields is disregarded.
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
