import Tokens

/// A line of at most 60 characters that says everything: long names are shortened, words are not.
///
/// ```swift
/// NoticeTitle("Your token “", name: token.name.text, "” expires tomorrow").text
/// ```
struct NoticeTitle {
    enum Part {
        case words(String)
        case name(String)
    }

    /// The most characters.
    static let limit = 60
    /// To how many characters a name is shortened at most.
    private static let shortest = 4

    private let parts: [Part]

    init(_ parts: [Part]) {
        self.parts = parts
    }

    init(_ before: String, name: String, _ after: String) {
        self.init([.words(before), .name(name), .words(after)])
    }

    var text: String {
        var names: [String] = []
        var room = Self.limit
        for part in parts {
            switch part {
            case .words(let words): room -= words.count
            case .name(let name): names.append(name.oneLine)
            }
        }
        // The longest name is shortened first, so that short ones stay whole.
        while names.reduce(0, { $0 + $1.count }) > room,
            let longest = names.indices.max(by: { names[$0].count < names[$1].count }),
            names[longest].count > Self.shortest
        {
            names[longest] = names[longest].shortened(to: names[longest].count - 1)
        }
        let text = parts.map { part in
            if case .words(let words) = part { words } else { names.removeFirst() }
        }.joined()
        return text.shortened(to: Self.limit)
    }
}

extension String {
    /// The text with at most `limit` characters, the last of which is “…” where it was longer.
    func shortened(to limit: Int) -> String {
        guard count > limit else { return self }
        let bare = hasSuffix("…") ? dropLast() : self[...]
        return bare.prefix(limit - 1) + "…"
    }
}
