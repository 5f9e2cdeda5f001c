import Desk
import Ledger
import Sodium
import Tokens

/// Writes the notices of events: whom each concerns, what they are told, and by which ways.
struct NoticeWriter: Sendable {
    typealias Roles = EventLedger & SubjectLedger & AccountLedger & TokenLedger & UseLedger & RequestLedger
        & PolicyLedger & NoticeLedger & NoticeFactLedger

    let ledger: any Roles
    let settings: NoticeSettings

    /// The notices of these events, with their deliveries.
    func notices(of events: [Event], at now: Timestamp) async throws(LedgerError) -> [NewNotice] {
        let disabled = Set(try await ledger.disabledEndpoints().map(\.name))
        let administrators =
            try await events.contains { NoticeRules.isTold($0.kind) } ? ledger.administrators() : []
        var told: [ToldEvent] = []
        for described in try await ledger.described(events) {
            let story = try await story(of: described, administrators)
            told += NoticeRules.drafts(of: story).map { ToldEvent($0, of: story) }
        }
        var notices: [NewNotice] = []
        for one in NoticeRules.gather(told) {
            notices += try await toPeople(one.draft, of: one.story, at: now, without: disabled)
        }
        // Programs read one after the other.
        for one in told { notices += toEndpoints(one.draft, of: one.story, at: now, without: disabled) }
        return notices
    }

    // MARK: What is known

    private func story(
        of described: DescribedEvent, _ administrators: [Subject]
    ) async throws(LedgerError) -> NoticeStory {
        let event = described.event
        var story = NoticeStory(event)
        (story.actor, story.subject, story.titles) = (described.actor, described.subject, settings.titles)
        guard NoticeRules.isTold(event.kind) else { return story }
        if let id = event.token {
            story.token = try await ledger.token(id)
            // What was handed over since has another owner.
            if let owner = story.token?.owner, owner != story.subject?.id {
                story.subject = try await ledger.subject(owner)
            }
            story.uses = try await latestUses(of: id, at: event.at)
        }
        if event.kind == .passwordNearEnd, let person = event.subject {
            story.uses = try await passwordUses(of: person, at: event)
        }
        if let account = story.subject, !account.isPerson {
            story.stewards = try await ledger.stewards(of: [account])
        }
        story.administrators = administrators
        try await addRequest(to: &story)
        return story
    }

    /// The latest use at each place.
    private func latestUses(of token: TokenID, at now: Timestamp) async throws(LedgerError) -> [Use] {
        var seen = Set<[String]>()
        return try await ledger.uses(of: token, since: now - .days(90))
            .filter { seen.insert([$0.service, $0.address, $0.client]).inserted }
    }

    private func passwordUses(of person: SubjectID, at event: Event) async throws(LedgerError) -> [Use] {
        let service = event.detail.prefix { $0 != "," }
        return try await ledger.passwordUses(of: person, since: event.at - .days(7))
            .filter { $0.use.service == service }
            .map { listed in
                Use(
                    secret: SecretID(number: 0), service: listed.use.service, address: listed.use.address,
                    client: listed.use.client, lastAt: listed.use.lastAt, count: listed.use.count)
            }
    }

    /// Adds the request that an event names in its detail, with who asked and who may answer.
    private func addRequest(to story: inout NoticeStory) async throws(LedgerError) {
        switch story.event.kind {
        case .tokenRequested, .requestApproved, .requestDenied: break
        default: return
        }
        for part in story.event.detail.split(separator: ", ") where part.hasPrefix("request ") {
            guard let id = RequestID(part.dropFirst("request ".count)),
                let request = try await ledger.request(id), request.owner == story.event.subject
            else { continue }
            story.request = id
            story.requester = try await ledger.subject(request.requester)
            guard let owner = story.subject else { return }
            let approvers = RequestDesk.approvers(
                of: request, owner: owner, under: try await ledger.tokenPolicy().approval)
            let named = try await ledger.subjects(Set(approvers.flatMap(\.people)))
            let members = try await ledger.people(
                inAnyOf: approvers.flatMap(\.groups), limit: NoticeRules.mostRecipients)
            story.approvers = named.values.filter { !$0.isSuspended }.sorted { $0.id < $1.id } + members
            return
        }
    }

    // MARK: Notices

    private func toPeople(
        _ draft: NoticeDraft, of story: NoticeStory, at now: Timestamp, without disabled: Set<String>
    ) async throws(LedgerError) -> [NewNotice] {
        let isNews = now - story.event.at < NoticeSettings.staleAfter
        let choices = try await ledger.noticeChoices(of: Set(draft.recipients))
        let people = try await ledger.subjects(Set(draft.recipients))
        var notices = draft.recipients.map { recipient in
            let choice = choices[recipient]?[draft.kind.rawValue]
            let mailed = isNews && people[recipient]?.email != nil
            return new(
                draft, story, to: recipient, by: mailed ? mail(draft.kind, choice, at: now) : [], at: now)
        }
        guard isNews else { return notices }
        if let account = draft.account, try await ledger.teamWebhook(of: account) != nil {
            let name = Channel.team(account).name
            if !disabled.contains(name) {
                notices.append(new(draft, story, to: account, by: [NewNotice.Way(name, at: now)], at: now))
            }
        }
        return notices
    }

    private func toEndpoints(
        _ draft: NoticeDraft, of story: NoticeStory, at now: Timestamp, without disabled: Set<String>
    ) -> [NewNotice] {
        guard now - story.event.at < NoticeSettings.staleAfter else { return [] }
        let ways = settings.endpoints
            .filter { $0.kinds.isEmpty || $0.kinds.contains(draft.kind) }
            .filter { !disabled.contains($0.channelName) }
            .map { NewNotice.Way($0.channelName, at: now) }
        return ways.isEmpty ? [] : [new(draft, story, to: nil, by: ways, at: now)]
    }

    /// How a mail of that kind is sent to somebody who chose that.
    private func mail(_ kind: NoticeKind, _ choice: NoticeChoice?, at now: Timestamp) -> [NewNotice.Way] {
        guard settings.mail != nil else { return [] }
        let chosen = settings.always.contains(kind) ? .immediate : choice ?? kind.usualChoice
        switch chosen {
        case .off: return []
        case .immediate: return [NewNotice.Way(Channel.mail.name, at: now)]
        case .daily:
            let moment = settings.nextDigest(after: now)
            return [NewNotice.Way(Channel.mail.name, digestOn: moment.day, at: moment)]
        }
    }

    private func new(
        _ draft: NoticeDraft, _ story: NoticeStory, to recipient: SubjectID?, by ways: [NewNotice.Way],
        at now: Timestamp
    ) -> NewNotice {
        let notice = Notice(
            id: .make(at: now), at: story.event.at, kind: draft.kind.rawValue,
            recipient: recipient,
            subject: story.subject?.id, token: story.token?.id, event: story.event.id, content: draft.content)
        let once = draft.onceIn.map { span in
            let text =
                "notice \(draft.kind.rawValue) \(recipient?.text ?? "") \(draft.onceAbout ?? draft.content.title)"
            return NewNotice.Once(SHA256Digest(of: text), until: story.event.at + span)
        }
        return NewNotice(notice, by: ways, once: once)
    }
}

/// A channel of deliveries, as the ledger names it.
enum Channel: Hashable, Sendable {
    case mail
    case endpoint(String)
    case team(SubjectID)

    var name: String {
        switch self {
        case .mail: "mail"
        case .endpoint(let name): "webhook/\(name)"
        case .team(let account): "team/\(account)"
        }
    }

    init?(_ name: String) {
        if name == "mail" {
            self = .mail
        } else if name.hasPrefix("webhook/") {
            self = .endpoint(String(name.dropFirst("webhook/".count)))
        } else if name.hasPrefix("team/"), let account = SubjectID(name.dropFirst("team/".count)) {
            self = .team(account)
        } else {
            return nil
        }
    }
}
