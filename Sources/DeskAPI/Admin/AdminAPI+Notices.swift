import Desk
import HTTPServer
import JSON
import Ledger
import Tokens

/// Deliveries of notices, for `jeton notices` and for overseers.
extension AdminAPI {
    func addNotices(to admin: inout RouteGroup) {
        add("GET", "/notices", to: &admin, query: ["state", "before"]) { request, requester in
            try await listDeliveries(request, requester)
        }
        add("POST", "/notices/send-again", to: &admin) { request, requester in
            var body = try JSONBody(request)
            let id = body.optionalString("notice")
            let notice = id.flatMap { NoticeID($0) }
            if id != nil, notice == nil { body.refuse("notice", "is not the identifier of a notice") }
            try body.finish()
            let count = try await notices.sendAgain(notice, by: requester)
            return Self.answer(["waiting": .integer(Int64(count))])
        }
        add("POST", "/notices/test", to: &admin) { request, requester in
            try await sendTest(request, requester)
        }
        add("POST", "/notices/enable", to: &admin) { request, requester in
            var body = try JSONBody(request)
            let name = body.requiredString("name")
            try body.finish()
            let isChanged = try await notices.enable(endpoint: name, by: requester)
            return Self.answer(["enabled": .bool(isChanged)])
        }
    }

    /// The webhook of a service account, whose secret is shown: for the operator alone.
    func addOperatorsWebhooks(to admin: inout RouteGroup) {
        add("GET", "/accounts/{login}/webhook", to: &admin) { (_, requester, login: String) in
            let webhook = try await notices.teamWebhook(of: try await subject(login), by: requester)
            return Self.answer(["url": .optional(webhook?.url)])
        }
        add("POST", "/accounts/{login}/webhook", to: &admin) { (request, requester, login: String) in
            var body = try JSONBody(request)
            let url = body.requiredString("url")
            try body.finish()
            let secret = try await notices.setTeamWebhook(url, of: try await subject(login), by: requester)
            return Self.answer(["url": .string(url), "secret": .string(secret)])
        }
        add("DELETE", "/accounts/{login}/webhook", to: &admin) { (_, requester, login: String) in
            try await notices.removeTeamWebhook(of: try await subject(login), by: requester)
            return Self.answer(["url": .null])
        }
    }

    private func listDeliveries(_ request: Request, _ requester: Requester) async throws -> Response {
        let items = request.queryItems
        let words = Delivery.State.allCases.map(\.rawValue)
        let state = items["state"].flatMap(Delivery.State.init)
        guard items["state"] == nil || state != nil else {
            throw Problem.invalidQuery("state", "must be one of: \(words.joined(separator: ", "))")
        }
        let before = items["before"].flatMap { NoticeID($0) }
        guard items["before"] == nil || before != nil else {
            throw Problem.invalidQuery("before", "must be the identifier of a notice")
        }
        let found = try await notices.deliveries(in: state, before: before, by: requester)
        let recipients = try await notices.recipients(of: found.deliveries)
        let figures = try await notices.figures(by: requester)
        let disabled = try await notices.disabledEndpoints(by: requester)
        return Self.answer([
            "deliveries": .array(
                found.deliveries.map { delivery in
                    json(delivery, to: delivery.notice.recipient.flatMap { recipients[$0] })
                }),
            "next": .optional(found.next?.text), "waiting": .integer(Int64(figures.waiting)),
            "failed": .integer(Int64(figures.failed)),
            "disabled": .array(
                disabled.map {
                    [
                        "name": .string($0.name), "at": .string($0.at.rfc3339), "reason": .string($0.reason),
                    ]
                }),
        ])
    }

    private func json(_ delivery: Delivery, to recipient: Subject?) -> JSONValue {
        [
            "notice": .string(delivery.notice.id.text), "at": .string(delivery.notice.at.rfc3339),
            "kind": .string(delivery.notice.kind), "title": .string(delivery.notice.content.title),
            "recipient": .optional(recipient?.login.text), "channel": .string(delivery.channel),
            "state": .string(delivery.state.rawValue), "attempts": .integer(Int64(delivery.attempts)),
            "next_at": .optional(delivery.state == .waiting ? delivery.nextAt.rfc3339 : nil),
            "sent_at": .optional(delivery.sentAt?.rfc3339),
            "error": .optional(delivery.lastError.isEmpty ? nil : delivery.lastError),
        ]
    }

    /// Sends a message to an address, to a webhook, or to all webhooks.
    private func sendTest(_ request: Request, _ requester: Requester) async throws -> Response {
        var body = try JSONBody(request)
        let (to, endpoint) = (body.optionalString("to"), body.optionalString("endpoint"))
        if to != nil, endpoint != nil { body.refuse("endpoint", "cannot be given together with “to”") }
        try body.finish()
        let test: NoticeTest = to.map { .mail($0) } ?? endpoint.map { .endpoint($0) } ?? .endpoints
        let results = try await notices.test(test, by: requester)
        return Self.answer([
            "results": .array(
                results.map {
                    [
                        "channel": .string($0.channel), "is_good": .bool($0.isGood),
                        "answer": .string($0.answer),
                    ]
                })
        ])
    }
}
