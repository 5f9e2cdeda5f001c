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
    /// The most tokens that a notice about many names, and from how many on it does not count them: more may follow.
    static let mostNamed = 20
    static let mostCounted = 100

    /// Makes one notice of what one change did to many tokens of the same owner, such as an incident: nobody gets five
    /// hundred mails at once. The same goes for expiries that were found together. What stands alone stays as it is, in
    /// order.
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

        /// `nil` for what each token has a story of its own about.
        init?(_ told: ToldEvent) {
            let kind = told.draft.kind
            guard told.story.token != nil, kind.isAct || kind == .attention || kind == .expiring else {
                return nil
            }
            let event = told.story.event
            (self.kind, recipients, owner) = (kind, told.draft.recipients, told.story.subject?.id)
            (at, actor) = (event.at, event.actor)
        }
    }

    private static func gathered(_ group: [ToldEvent]) -> ToldEvent {
        var (story, draft) = (group[0].story, group[0].draft)
        let isForOthers = story.isOfAccount || draft.recipients != [story.subject?.id].compactMap(\.self)
        var content = draft.content
        content.title = story.titleOfMany(draft.kind, count: group.count, isForOthers: isForOthers)
        content.facts = [NoticeDetail("When", story.event.at.noticeWords)]
        content.facts += group.prefix(mostNamed).map { $0.story.factAmongMany(draft.kind) }
        if group.count > mostNamed {
            content.facts.append(NoticeDetail("And", "\(group.count - mostNamed) more"))
        }
        content.paragraphs =
            draft.kind == .expiring
            ? ["From its expiry on a token is refused everywhere. Rotate those that are still needed."]
            : Array(content.paragraphs.prefix(1))
        content.traces = story.addressTrace
        content.link = NoticeAction("See them", story.pathOfMany(from: content.link?.path ?? ""))
        let about = "\(story.event.at.milliseconds) \(story.event.actor?.text ?? "")"
        story.token = nil
        draft = NoticeDraft(
            draft.kind, to: draft.recipients, account: draft.account, content: content, onceIn: .hours(1),
            onceAbout: about)
        return ToldEvent(draft, of: story)
    }
}

extension NoticeStory {
    /// The title of a notice about many tokens.
    fileprivate func titleOfMany(_ kind: NoticeKind, count: Int, isForOthers: Bool) -> String {
        let done =
            switch kind {
            case .created: "were created"
            case .rotated: "were rotated"
            case .revoked: "were revoked"
            case .paused: "were paused"
            case .handedOver: "were handed over"
            case .expiring: "expire soon"
            default: "need your attention"
            }
        let many = count >= NoticeRules.mostCounted ? "Many" : "\(count)"
        guard isForOthers, let owner = subject else { return "\(many) of your tokens \(done)" }
        return NoticeTitle("\(many) tokens of ", name: owner.login.text, " \(done)").text
    }

    /// One of many tokens, with its expiry where that is what is told.
    fileprivate func factAmongMany(_ kind: NoticeKind) -> NoticeDetail {
        let name = token?.name.text ?? ""
        guard kind == .expiring, let end = token?.expiresAt else { return NoticeDetail("Token", name) }
        let use = uses.first.map { "last used on \($0.lastAt.noticeWords)" } ?? "not used in the last 90 days"
        return NoticeDetail("Token", "\(name), expires on \(end.noticeWords), \(use)")
    }

    /// The list in which many tokens are, for whoever may see it: administrators where the page of one is theirs.
    fileprivate func pathOfMany(from path: String) -> String {
        guard let owner = subject else { return "/tokens" }
        if path.hasPrefix("/admin/") { return "/admin/tokens?owner=\(owner.login.text.percentEncoded)" }
        return owner.isPerson ? "/tokens" : "/accounts/\(owner.id)"
    }
}
