import Tokens

/// The header fields of a response without a body as one text: how they stand on the wire, behind `Cache-Control: `.
///
/// ```text
/// no-store␍␊Remote-User: alice␍␊X-Jeton-Token: tok_…
/// ```
public struct FieldBlock: Sendable {
    public let bytes: [UInt8]
    /// Where the text has the id of the token that the response is about, for the log.
    public let token: Range<Int>

    /// The field with which a block begins; its name is not part of the text.
    static let first = "Cache-Control"

    /// The fields of a response that have a value, of which the log will have the id of the token that is in its note.
    public init(_ response: Response) {
        let fields = response.sentFields
        var bytes = Array((fields.first { $0.name == Self.first }?.value ?? "no-store").utf8)
        var token = 0..<0
        for field in fields where field.name != Self.first {
            bytes += "\r\n\(field.name): ".utf8
            if field.value == response.note.token {
                token = bytes.count..<bytes.count + field.value.utf8.count
            }
            bytes += field.value.utf8
        }
        self.bytes = bytes
        self.token = token
    }
}

extension Headers {
    /// The fields of a block.
    init(block bytes: Span<UInt8>) {
        self.init()
        for (number, line) in bytes.text.split(separator: "\r\n").enumerated() {
            guard number > 0 else {
                add(FieldBlock.first, String(line))
                continue
            }
            let parts = line.split(separator: ":", maxSplits: 1)
            add(String(parts[0]), String(parts.last?.drop { $0 == " " } ?? ""))
        }
    }
}
