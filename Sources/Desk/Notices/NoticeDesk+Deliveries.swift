public import Ledger
public import Tokens

/// What administrators see of deliveries, and do about them.
extension NoticeDesk {
    /// A page of deliveries, the newest first, and the notice before which the next page continues.
    public func deliveries(
        in state: Delivery.State?, before: NoticeID? = nil, by requester: Requester
    ) async throws(DeskFault) -> (deliveries: [Delivery], next: NoticeID?) {
        try requester.refuseUnlessOverseeing(.audit)
        // All deliveries of a notice are on one page.
        let query = DeliveryQuery(state: state, before: before, limit: Self.pageLength + 50)
        let found = try await read { () throws(LedgerError) in try await ledger.deliveries(query) }
        guard found.count > Self.pageLength else { return (found, nil) }
        let last = found[Self.pageLength - 1].notice.id
        let shown = found.filter { $0.notice.id >= last }
        return (shown, shown.count < found.count ? last : nil)
    }

    /// The logins of those to whom deliveries go.
    public func recipients(of deliveries: [Delivery]) async throws(DeskFault) -> [SubjectID: Subject] {
        let ids = Set(deliveries.compactMap(\.notice.recipient))
        return try await read { () throws(LedgerError) in try await ledger.subjects(ids) }
    }

    public func figures(by requester: Requester) async throws(DeskFault) -> DeliveryFigures {
        try requester.refuseUnlessOverseeing(.audit)
        return try await read { () throws(LedgerError) in try await ledger.deliveryFigures() }
    }

    /// The webhooks that want nothing any more.
    public func disabledEndpoints(by requester: Requester) async throws(DeskFault) -> [DisabledEndpoint] {
        try requester.refuseUnlessOverseeing(.audit)
        return try await read { () throws(LedgerError) in try await ledger.disabledEndpoints() }
    }

    /// Sends again what failed of a notice, or of all. Returns how many deliveries wait now.
    public func sendAgain(_ notice: NoticeID?, by requester: Requester) async throws(DeskFault) -> Int {
        try requester.refuseUnlessAdministering()
        let now = clock.now
        return try await read { () throws(LedgerError) in try await ledger.sendAgain(notice, at: now) }
    }

    /// Sends to a webhook again. Returns whether it was disabled.
    public func enable(endpoint: String, by requester: Requester) async throws(DeskFault) -> Bool {
        try requester.refuseUnlessAdministering()
        return try await read { () throws(LedgerError) in try await ledger.enable(endpoint: endpoint) }
    }

    /// Sends a message for a test, and says what each receiver answered.
    ///
    /// Throws ``DeskFault/invalid(_:)`` where the channel is not configured, or where `test` names no address.
    public func test(_ test: NoticeTest, by requester: Requester) async throws(DeskFault)
        -> [NoticeTestResult]
    {
        try requester.refuseUnlessAdministering()
        switch test {
        case .mail(let address):
            guard abilities.mails else {
                throw .invalid([
                    FieldFault(
                        "to", "cannot be written to: no mail server is configured (notices.mail.server)")
                ])
            }
            do throws(TextFault) {
                _ = try EmailAddress(address)
            } catch {
                throw .invalid([FieldFault("to", error.description)])
            }
        case .endpoint(let name):
            guard abilities.endpoints.contains(name) else {
                let names = abilities.endpoints.isEmpty ? "none" : abilities.endpoints.joined(separator: ", ")
                throw .invalid([
                    FieldFault("endpoint", "is not configured: there is \(names) (notices.webhooks)")
                ])
            }
        case .endpoints:
            guard !abilities.endpoints.isEmpty else {
                throw .invalid([
                    FieldFault("endpoint", "is missing: no webhook is configured (notices.webhooks)")
                ])
            }
        }
        return await abilities.test(test)
    }

    // MARK: The webhook of a service account

    /// The webhook of a service account, for its stewards and for administrators; `nil` where it has none.
    public func teamWebhook(
        of account: Subject, by requester: Requester
    ) async throws(DeskFault) -> TeamWebhook? {
        try refuseOthers(than: account, requester)
        return try await read { () throws(LedgerError) in try await ledger.teamWebhook(of: account.id) }
    }

    /// Has the notices of a service account posted to `url`. Returns the signing secret, which is shown this once.
    public func setTeamWebhook(
        _ url: String, of account: Subject, by requester: Requester
    ) async throws(DeskFault) -> String {
        try refuseOthers(than: account, requester)
        if let fault = abilities.team.fault(of: url) { throw .invalid([FieldFault("url", fault)]) }
        let secret = abilities.makeSecret()
        let webhook = TeamWebhook(
            url: url, sealedSecret: secret.sealed, changedAt: clock.now, changedBy: requester.subject?.id)
        try await keep(webhook, of: account, requester)
        return secret.text
    }

    public func removeTeamWebhook(of account: Subject, by requester: Requester) async throws(DeskFault) {
        try refuseOthers(than: account, requester)
        try await keep(nil, of: account, requester)
    }

    private func keep(
        _ webhook: TeamWebhook?, of account: Subject, _ requester: Requester
    ) async throws(DeskFault) {
        let event = Event(
            .accountChanged, at: clock.now, actor: requester.subject?.id, by: requester.token?.id,
            subject: account.id, address: requester.address,
            detail: "\(account.login), \(webhook == nil ? "no webhook any more" : "its webhook")")
        try await read { () throws(LedgerError) in
            try await ledger.setTeamWebhook(webhook, of: account.id, event: event)
        }
    }

    private func refuseOthers(than account: Subject, _ requester: Requester) throws(DeskFault) {
        guard !account.isPerson else { throw .noSuchAccount }
        // A token that leaked must not redirect what its owner is told.
        guard requester.token == nil, requester.has(account) || requester.oversight == .administration else {
            throw .forbidden("Only stewards of \(account.login), signed in at the desk, may do this.")
        }
    }
}
