import Sodium
import Tokens

/// Header fields of mails: in ASCII, folded, and without a way to add another field.
enum EncodedHeader {
    /// The most bytes of one encoded word's text: 75 characters in all (RFC 2047, section 2).
    private static let wordBytes = 45

    /// A field of free text, such as a subject, as encoded words where it is not plain ASCII (RFC 2047).
    static func text(_ name: String, _ value: String) -> String {
        "\(name): \(encoded(value))"
    }

    /// A field with one address (RFC 5322, section 3.4).
    static func mailbox(_ name: String, _ mailbox: MailAddress) -> String {
        mailbox.name.isEmpty
            ? "\(name): \(mailbox.address)" : "\(name): \(phrase(mailbox.name))\r\n <\(mailbox.address)>"
    }

    /// A name as a phrase: quoted where it is ASCII, encoded otherwise.
    private static func phrase(_ name: String) -> String {
        let plain = name.oneLine
        guard isShortASCII(plain) else { return words(plain) }
        return "\"\(plain.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
    }

    private static func encoded(_ value: String) -> String {
        let plain = value.oneLine
        // What looks like an encoded word would be decoded.
        return isShortASCII(plain) && !plain.contains("=?") ? plain : words(plain)
    }

    private static func isShortASCII(_ text: String) -> Bool {
        text.utf8.count <= 200 && text.utf8.allSatisfy { (0x20..<0x7F).contains($0) }
    }

    /// Encoded words, a line each, none of which cuts a character in two.
    private static func words(_ text: String) -> String {
        var chunks: [[UInt8]] = [[]]
        for scalar in text.unicodeScalars {
            let bytes = Array(String(scalar).utf8)
            if chunks[chunks.count - 1].count + bytes.count > wordBytes { chunks.append([]) }
            chunks[chunks.count - 1] += bytes
        }
        return chunks.map { "=?utf-8?B?\(Sodium.base64($0))?=" }.joined(separator: "\r\n ")
    }
}

extension Timestamp {
    /// The date and time of a mail (RFC 5322, section 3.3), in UTC: `Tue, 01 Dec 2026 03:05:09 +0000`.
    var rfc5322: String {
        let civil = CivilDay(number: day)
        let clock = rfc3339.dropFirst(11).prefix(8)
        let number = civil.day < 10 ? "0\(civil.day)" : "\(civil.day)"
        return "\(civil.weekday.shortName), \(number) \(civil.monthName) \(civil.year) \(clock) +0000"
    }
}
