import Desk
import JSON
import Ledger
import Tokens

/// Hands due deliveries to their channels, and remembers what became of each.
///
/// What was sent and could not be remembered is sent again with the same identifier.
struct NoticeSender: Sendable {
    let ledger: any NoticeLedger & SubjectLedger
    let settings: NoticeSettings
    let clock: Clock

    /// What became of deliveries of one channel.
    struct Sending {
        var sent = 0
        var failures = 0
        /// Whether the channel is to rest, and for how long the receiver asked.
        var isStopped = false
        var rest = TimeSpan.seconds(0)
    }

    /// Sends deliveries of one channel, one after the other, until one of them fails because of the channel: the others
    /// would fail as well.
    func send(_ deliveries: [Delivery]) async throws(LedgerError) -> Sending {
        var sending = Sending()
        var digested = Set<[Int64]>()
        for delivery in deliveries {
            if Task.isCancelled { break }
            let outcome: DeliveryOutcome
            if let day = delivery.digestOn, let person = delivery.notice.recipient {
                guard digested.insert([person.number, day]).inserted else { continue }
                let all = try await ledger.digest(of: person, on: day)
                guard !all.isEmpty else { continue }
                outcome = await sendDigest(all, to: person, on: day)
                try await settle(all, outcome)
            } else {
                outcome = try await send(delivery)
                try await settle([delivery], outcome)
            }
            switch outcome {
            case .delivered: sending.sent += 1
            case .rejected: sending.failures += 1
            case .failed(_, let retryAfter, let isOfChannel):
                sending.failures += 1
                guard isOfChannel else { continue }
                (sending.isStopped, sending.rest) = (
                    true, min(retryAfter ?? .seconds(0), RetrySchedule.longest)
                )
                return sending
            case .gone:
                sending.failures += 1
                sending.isStopped = true
                return sending
            }
        }
        return sending
    }

    // MARK: One notice

    private func send(_ delivery: Delivery) async throws(LedgerError) -> DeliveryOutcome {
        let notice = delivery.notice
        switch Channel(delivery.channel) {
        case .mail:
            guard let mail = settings.mail else {
                return .rejected(reason: "no mail server is configured (`notices.mail`)")
            }
            switch try await address(of: notice.recipient) {
            case .failure(let fault): return .rejected(reason: fault.reason)
            case .success(let address): return await mail.send(message(of: notice, to: address))
            }
        case .endpoint(let name):
            guard let endpoint = settings.endpoints.first(where: { $0.name == name }) else {
                return .rejected(reason: "the webhook `\(name)` is not configured any more")
            }
            return await endpoint.channel.send(message(of: notice))
        case .team(let account):
            guard let webhook = try await ledger.teamWebhook(of: account) else {
                return .rejected(reason: "the service account has no webhook any more")
            }
            guard let channel = settings.team(webhook) else {
                return .rejected(
                    reason:
                        "the webhook’s host is not on `notices.team_webhooks.allowed`, or its secret cannot be read"
                )
            }
            return await channel.send(message(of: notice))
        case nil: return .rejected(reason: "this version does not know the channel `\(delivery.channel)`")
        }
    }

    private struct NoAddress: Error { let reason: String }

    private func address(
        of person: SubjectID?
    ) async throws(LedgerError) -> Result<MailAddress, NoAddress> {
        guard let person, let subject = try await ledger.subject(person), subject.endedAt == nil else {
            return .failure(NoAddress(reason: "the recipient was removed"))
        }
        guard let email = subject.email else {
            return .failure(NoAddress(reason: "\(subject.login) has no e-mail address"))
        }
        return .success(MailAddress(name: subject.name, address: email))
    }

    func message(of notice: Notice, to address: MailAddress? = nil) -> NoticeMessage {
        let content = notice.content
        let kind = NoticeKind(rawValue: notice.kind)
        return NoticeMessage(
            id: "ntc_\(notice.id)", type: kind?.type ?? "desk.notice", at: notice.at, to: address,
            subject: content.title, paragraphs: content.paragraphs,
            facts: content.facts + content.traces,
            link: content.link.map { NoticeLink($0.words, settings.address + $0.path) },
            data: data(of: notice))
    }

    /// What a receiver gets: little, since it can ask the API for more.
    private func data(of notice: Notice) -> JSONValue {
        var members: [String: JSONValue] = [
            "kind": .string(notice.kind), "title": .string(notice.content.title),
            "text": .string(notice.content.paragraphs.joined(separator: "\n\n")),
            "facts": .array(
                (notice.content.facts + notice.content.traces).map {
                    ["name": .string($0.name), "value": .string($0.value)]
                }),
        ]
        if let subject = notice.subject { members["subject"] = .string(subject.text) }
        if let token = notice.token { members["token"] = .string(token.text) }
        if let event = notice.event { members["event"] = .string(event.text) }
        if let link = notice.content.link { members["url"] = .string(settings.address + link.path) }
        return .object(members)
    }

    // MARK: A digest

    private func sendDigest(
        _ deliveries: [Delivery], to person: SubjectID, on day: Int64
    ) async -> DeliveryOutcome {
        guard let mail = settings.mail else {
            return .rejected(reason: "no mail server is configured (`notices.mail`)")
        }
        do throws(LedgerError) {
            switch try await address(of: person) {
            case .failure(let fault): return .rejected(reason: fault.reason)
            case .success(let address):
                return await mail.send(digest(deliveries.map(\.notice), to: address, person, on: day))
            }
        } catch {
            return .failed(reason: "the ledger fails: \(error)", retryAfter: nil)
        }
    }

    /// One mail of several notices. Its identifier is the same in every attempt, since nothing is added to a digest once
    /// its time has come.
    private func digest(
        _ notices: [Notice], to address: MailAddress, _ person: SubjectID, on day: Int64
    ) -> NoticeMessage {
        let shown = notices.prefix(50)
        var paragraphs = shown.map { notice in
            let link = notice.content.link.map { "\n\($0.words): \(settings.address)\($0.path)" } ?? ""
            return "\(notice.content.title)\n\(notice.content.paragraphs.first ?? "")\(link)"
        }
        if notices.count > shown.count {
            paragraphs.append("And \(notices.count - shown.count) more, which are at the desk.")
        }
        let count = notices.count == 1 ? "1 notice" : "\(notices.count) notices"
        return NoticeMessage(
            id: "dig_\(person)_\(day)", type: "desk.digest",
            at: Timestamp(seconds: day * 86_400) + settings.digestAt,
            to: address, subject: "\(count) about your tokens and your account", paragraphs: paragraphs,
            link: NoticeLink("See all notices", "\(settings.address)/notices"),
            unsubscribe: settings.unsubscribe(person))
    }

    // MARK: What became of it

    private func settle(_ deliveries: [Delivery], _ outcome: DeliveryOutcome) async throws(LedgerError) {
        let now = clock.now
        if case .gone(let reason) = outcome, let channel = deliveries.first?.channel,
            channel != Channel.mail.name
        {
            let name = channel.split(separator: "/").last ?? ""
            try await ledger.settle(deliveries.map { result(of: $0, outcome, at: now) })
            try await ledger.disable(
                DisabledEndpoint(channel, at: now, reason: reason),
                event: Event(
                    .endpointDisabled, at: now, actor: nil, subject: account(of: channel),
                    detail: "\(name): \(reason)"))
            return
        }
        try await ledger.settle(deliveries.map { result(of: $0, outcome, at: now) })
    }

    private func account(of channel: String) -> SubjectID? {
        if case .team(let account)? = Channel(channel) { account } else { nil }
    }

    private func result(
        of delivery: Delivery, _ outcome: DeliveryOutcome, at now: Timestamp
    ) -> DeliveryResult {
        func result(_ state: Delivery.State, _ next: Timestamp, _ error: String = "") -> DeliveryResult {
            DeliveryResult(
                notice: delivery.notice.id, channel: delivery.channel, state: state, nextAt: next,
                error: error.prefix(500).description, at: now)
        }
        switch outcome {
        case .delivered: return result(.sent, now)
        case .rejected(let reason), .gone(let reason): return result(.failed, now, reason)
        case .failed(let reason, let retryAfter, _):
            let isOld = delivery.attempts > 0 && now - delivery.notice.id.madeAt > RetrySchedule.lasting
            let next =
                isOld
                ? nil
                : RetrySchedule.next(
                    after: delivery.attempts + 1, at: now, retryAfter: retryAfter,
                    jitter: Double.random(in: 0..<1))
            return next.map { result(.waiting, $0, reason) }
                ?? result(.failed, now, "gave up after three days: \(reason)")
        }
    }
}
