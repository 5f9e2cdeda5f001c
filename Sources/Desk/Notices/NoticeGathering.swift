import Ledger
import Tokens

/// What is told of one event.
public struct ToldEvent: Hashable, Sendable {
    public var story: NoticeStory
    public var draft: NoticeDraft

    public init(_ draft: NoticeDraft, of story: NoticeStory) {
        (self.draft, self.story) = (draft, story)
    }
}

extension NoticeRules {
    /// The most tokens of one change that are told one by one.
    public static let mostSingle = 3
    /// The most tokens that a notice about many names.
    static let mostNamed = 20

    /// Makes one notice of what one change did to many tokens of the same owner, such as an incident: nobody gets five
    /// hundred mails at once. What stands alone stays as it is, in order.
    public static func gather(_ told: [ToldEvent]) -> [ToldEvent] {
        var groups: [Change: [ToldEvent]] = [:]
        for one in told {
            if let change = Change(one) { groups[change, default: []].append(one) }
        }
        var done = Set<Change>()
        return told.compactMap { one in
            guard let change = Change(one), let group = groups[change], group.count > mostSingle else {
                return one
            }
            return done.insert(change).inserted ? gathered(group) : nil
        }
    }

    /// What the tokens of a bulk change have in common.
    private struct Change: Hashable {
        let kind: NoticeKind
        let recipients: [SubjectID]
        let owner: SubjectID?
        let at: Timestamp
        let actor: SubjectID?

        /// `nil` for what is not about a token.
        init?(_ told: ToldEvent) {
            guard told.story.token != nil else { return nil }
            let event = told.story.event
            (kind, recipients, owner) = (told.draft.kind, told.draft.recipients, told.story.subject?.id)
            (at, actor) = (event.at, event.actor)
        }
    }

    private static func gathered(_ group: [ToldEvent]) -> ToldEvent {
        var (story, draft) = (group[0].story, group[0].draft)
        let names = group.compactMap { $0.story.token?.name.text }
        var content = draft.content
        content.title = story.titleOfMany(draft.kind, count: group.count)
        content.facts = [NoticeDetail("When", story.event.at.noticeWords)]
        content.facts += names.prefix(mostNamed).map { NoticeDetail("Token", $0) }
        if names.count > mostNamed {
            content.facts.append(NoticeDetail("And", "\(names.count - mostNamed) more"))
        }
        content.paragraphs = Array(content.paragraphs.prefix(1))
        content.traces = story.addressTrace
        let account = story.isOfAccount ? story.subject : nil
        content.link = NoticeAction("See them", account.map { "/accounts/\($0.id)" } ?? "/tokens")
        story.token = nil
        draft = NoticeDraft(
            draft.kind, to: draft.recipients, account: draft.account, content: content, onceIn: draft.onceIn)
        return ToldEvent(draft, of: story)
    }
}

extension NoticeStory {
    /// The title of a notice about many tokens.
    fileprivate func titleOfMany(_ kind: NoticeKind, count: Int) -> String {
        let done =
            switch kind {
            case .created: "were created"
            case .rotated: "were rotated"
            case .revoked: "were revoked"
            case .paused: "were paused"
            case .handedOver: "were handed over"
            case .leak: "were found in the open"
            default: "need your attention"
            }
        guard isOfAccount, let owner = subject else { return "\(count) of your tokens \(done)" }
        return NoticeTitle("\(count) tokens of ", name: owner.login.text, " \(done)").text
    }
}
