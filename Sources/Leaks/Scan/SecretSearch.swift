public import Tokens

/// Finds secrets in a stream of bytes, whatever the sizes of its pieces: as they are, in percent-encoding, in JSON escapes,
/// and in Base64, as in `Authorization: Basic …`, in Docker's `auths` and in HAR files; each once.
///
///     var search = SecretSearch(format: format)
///     while … { search.feed(piece) }
///     search.finish()
public struct SecretSearch {
    /// A secret, and where it begins.
    public struct Hit: Sendable {
        public let secret: TokenSecret
        /// Counted from 1.
        public let line: Int
        /// In bytes, from 0. Of an encoded one it is that of the encoded text.
        public let offset: Int
    }

    private let format: TokenFormat
    private var known: Set<TokenDigest> = []
    private var buffer: [UInt8] = []
    /// The position of the buffer in the stream, and the lines before it.
    private var start = 0
    private var lines = 0
    public private(set) var hits: [Hit] = []
    /// Whether it is not a text: there is no point in counting its lines.
    public private(set) var isBinary = false

    /// How much is searched at a time, and how much of the end is searched again with what follows it: room for a whole
    /// line of a usual file, and for a secret in Base64 in Base64.
    private static let window = 1 << 20, overlap = 8192

    public init(format: TokenFormat) {
        self.format = format
    }

    public mutating func feed(_ bytes: [UInt8]) {
        buffer += bytes
        if buffer.count >= Self.window { search(isLast: false) }
    }

    public mutating func finish() {
        search(isLast: true)
    }

    private mutating func search(isLast: Bool) {
        if start == 0 { isBinary = buffer.prefix(8192).contains(0) }
        for found in EncodedSecrets(format: format).all(in: buffer) {
            guard known.insert(found.secret.digest).inserted else { continue }
            let line = buffer.prefix(found.position).count { $0 == UInt8(ascii: "\n") }
            hits.append(Hit(secret: found.secret, line: lines + line + 1, offset: start + found.position))
        }
        let kept = isLast ? 0 : Self.kept(of: buffer)
        let done = buffer.count - kept
        lines += buffer.prefix(done).count { $0 == UInt8(ascii: "\n") }
        start += done
        buffer.removeFirst(done)
    }

    /// How many bytes at the end are searched again. A run of Base64 is cut where a group of four begins.
    private static func kept(of buffer: [UInt8]) -> Int {
        var cut = buffer.count - overlap
        var run = cut
        while run > 0, Base64Text.isDigit(buffer[run - 1]) { run -= 1 }
        cut -= (cut - run) % 4
        return buffer.count - cut
    }
}

/// The secrets in some bytes, in every encoding that is looked through.
struct EncodedSecrets {
    let format: TokenFormat

    /// How many encodings are looked through, one in the other.
    private static let depth = 3

    struct Found {
        let secret: TokenSecret
        let position: Int
    }

    func all(in bytes: [UInt8]) -> [Found] { all(in: bytes, depth: 1) }

    private func all(in bytes: [UInt8], depth: Int) -> [Found] {
        var found = plain(in: bytes) + inBase64(bytes, depth: depth)
        if let escaped = EscapedText(decoding: bytes) {
            for one in plain(in: escaped.bytes) + inBase64(escaped.bytes, depth: depth) {
                found.append(Found(secret: one.secret, position: escaped.position(of: one.position)))
            }
        }
        return found
    }

    private func plain(in bytes: [UInt8]) -> [Found] {
        format.positions(in: bytes.span).compactMap { position in
            format.secret(in: bytes.span, at: position).map { Found(secret: $0, position: position) }
        }
    }

    private func inBase64(_ bytes: [UInt8], depth: Int) -> [Found] {
        guard depth < Self.depth else { return [] }
        var found: [Found] = []
        Base64Text.forEachRun(in: bytes, ofAtLeast: (format.length * 4 + 2) / 3) { digits, position in
            // What stands before it may be digits of Base64, too, so that the groups of four begin anywhere.
            for skipped in 0..<(digits.count < 4096 ? 4 : 1) {
                let decoded = Base64Text.decode(digits, from: skipped)
                for one in all(in: decoded, depth: depth + 1) {
                    found.append(Found(secret: one.secret, position: position + one.position / 3 * 4))
                }
            }
        }
        return found
    }
}
