import Ledger
import Tokens

// The words of all notices, for mail, webhooks and the bell alike: what happened, where, and the one link that acts on it.

extension NoticeStory {
    /// What a notice of that kind says. It contains no secret: an event has none, and neither has a token's record.
    func content(_ kind: NoticeKind, forAdministrators: Bool = false) -> NoticeContent {
        switch kind.family {
        case .tokens where kind == .decoy: aboutDecoy
        case .tokens: aboutToken(kind, forAdministrators: forAdministrators)
        case .account: aboutAccount(kind)
        case .requests: aboutRequest(kind)
        case .administration: aboutDesk(kind)
        }
    }

    // MARK: Pieces

    /// Who did it, for a title and a sentence.
    var actorName: String { actor.map(\.login.text) ?? "" }

    /// Where it came from.
    var addressTrace: [NoticeDetail] {
        event.address.isEmpty ? [] : [NoticeDetail("From", event.address)]
    }

    /// The places of the latest uses, at most three.
    var useTraces: [NoticeDetail] {
        uses.prefix(3).map { use in
            NoticeDetail("Used", "\(words(of: use)), last on \(use.lastAt.noticeWords)")
        }
    }

    private func words(of use: Use) -> String {
        var text = "at \(title(of: use.service))"
        if !use.address.isEmpty { text += " from \(use.address)" }
        if !use.client.isEmpty { text += " with \(use.client)" }
        return text
    }

    /// When it was last used, for a sentence.
    var lastUseWords: String {
        guard let latest = uses.first else { return "Nothing has used it in the last 90 days." }
        return "It was last used on \(latest.lastAt.noticeWords), at \(title(of: latest.service))."
    }
}

extension Timestamp {
    /// `3 May 2026, 10:12 UTC`.
    var noticeWords: String {
        "\(CivilDay(number: day).words) \(CivilDay(number: day).year), \(rfc3339.dropFirst(11).prefix(5)) UTC"
    }

    /// How long until `end`, as in a title: `tomorrow`, `in 7 days`, `in 5 hours`.
    func noticeWords(until end: Timestamp) -> String {
        let hours = (end - self).seconds / 3600
        switch hours {
        case ..<1: return "within the hour"
        case ..<2: return "in an hour"
        case ..<24: return "in \(hours) hours"
        default:
            let days = ((end - self).seconds + 43_200) / 86_400
            return days <= 1 ? "in a day" : "in \(days) days"
        }
    }
}
