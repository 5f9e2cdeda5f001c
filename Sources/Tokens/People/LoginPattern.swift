/// The logins that are kept for service accounts: `bot-*`. A `*` stands for any characters, and what is compared is
/// folded.
public struct LoginPattern: Hashable, Sendable, CustomStringConvertible {
    /// The pattern as the operator wrote it.
    public let text: String
    /// What has to stand between the stars, folded.
    private let parts: [[UInt8]]

    /// The pattern unless the operator sets another.
    public static let standard = LoginPattern(text: "bot-*", parts: ["bot-", ""])

    /// Reads a pattern with at least one `*`, and something beside it that logins may have; `nil` for anything else,
    /// such as one that every login fits.
    public init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: "*"), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self).folded }
        guard parts.count > 1, let login = try? Login(parts.joined()), login.text == parts.joined() else {
            return nil
        }
        self.init(text: text, parts: parts)
    }

    /// The pattern that only `login` fits.
    public init(only login: Login) { self.init(text: login.text, parts: [login.folded]) }

    private init(text: String, parts: [String]) {
        self.text = text
        self.parts = parts.map { Array($0.utf8) }
    }

    /// Whether a login is kept for service accounts.
    public func matches(_ login: Login) -> Bool {
        let login = Array(login.folded.utf8)
        if parts.count == 1 { return login == parts[0] }
        guard let first = parts.first, let last = parts.last,
            first.count + last.count <= login.count, login.starts(with: first),
            login.suffix(last.count).elementsEqual(last)
        else { return false }
        var rest = login[first.count..<(login.count - last.count)]
        for part in parts.dropFirst().dropLast() where !part.isEmpty {
            guard let start = rest.indices.first(where: { rest[$0...].starts(with: part) }) else {
                return false
            }
            rest = rest[(start + part.count)...]
        }
        return true
    }

    /// A login that fits, for hints: `bot-ci`.
    public var example: String {
        text.replacing("*", with: "ci", maxReplacements: 1).replacing("*", with: "")
    }

    public var description: String { text }
}
