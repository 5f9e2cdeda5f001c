internal import Ledger
public import Tokens

/// Requests for approval: asking, deciding, withdrawing, and creating what was approved.
///
///     let request = try await requests.ask(for: wanted, because: "The nightly build", for: alice, by: alicesBrowser)
///     try await requests.decide(request.id, approving: true, by: brunosBrowser)
///     let issued = try await requests.create(request.id, by: alicesBrowser) // within 7 days
public struct RequestDesk: Sendable {
    let desk: TokenDesk
    var ledger: any RequestLedger & SubjectLedger { desk.ledger }
    var now: Timestamp { desk.clock.now }

    /// How far apart two expiries may be for a form that was sent twice.
    private static let formSentTwice = TimeSpan.minutes(10)

    init(desk: TokenDesk) {
        self.desk = desk
    }

    // MARK: Asking

    /// Asks for a token of `owner`. A form that is sent twice gets the same request.
    ///
    /// Throws ``DeskFault/invalid(_:)`` with the faults of all fields at once, also where the token needs no approval.
    public func ask(
        for new: TokenDesk.NewToken, because reason: String, for owner: Subject, by requester: Requester
    ) async throws(DeskFault) -> TokenRequest {
        try requester.refuse(.createToken)
        let now = now
        let (reason, reasonFaults) = text(reason, of: "reason", isRequired: true)
        let checked: TokenDesk.CheckedToken
        do throws(DeskFault) {
            checked = try await desk.check(new, for: owner, by: requester, at: now)
        } catch {
            guard case .invalid(let faults) = error else { throw error }
            throw .invalid(faults + reasonFaults)
        }
        guard reasonFaults.isEmpty else { throw .invalid(reasonFaults) }
        guard let person = requester.subject, !person.isSuspended, !owner.isSuspended else {
            throw .forbidden("This account is suspended: it cannot ask for tokens.")
        }
        guard !checked.approvers.isEmpty else { throw .invalid([.needsNone]) }
        let wanted = checked.wanted
        try await refuseTaken(wanted.name, of: owner, at: now)
        let request = TokenRequest(
            id: .make(at: now), requester: person.id, owner: owner.id, content: .create(wanted),
            reason: reason, createdAt: now)
        return try await keep(
            request, saying: "for \(wanted.scopes.shortWords): \(reason)", by: requester)
    }

    /// Keeps a new request, with an event. Returns the one that was there before where both are of the same form.
    func keep(
        _ request: TokenRequest, saying words: String, by requester: Requester
    ) async throws(DeskFault) -> TokenRequest {
        do throws(LedgerError) {
            try await ledger.add(
                request,
                event: event(.tokenRequested, request, requester, at: request.createdAt, saying: words))
        } catch {
            return try await asked(request, error)
        }
        return request
    }

    /// The request that was there before `request`, where both are of the same form.
    private func asked(_ request: TokenRequest, _ error: LedgerError) async throws(DeskFault) -> TokenRequest
    {
        switch error {
        case .alreadyAsked(let id):
            let other = try await known(id)
            guard other.requester == request.requester, other.state(at: now) == .open,
                other.requestedToken.isSame(as: request.requestedToken, within: Self.formSentTwice)
            else { throw .invalid([.askedAlready(id)]) }
            return other
        case .tooManyRequests: throw .invalid([FieldFault("name", "cannot be asked for: \(error)")])
        default: throw .ledger(error)
        }
    }

    /// Refuses a name for which a token could not be created either.
    func refuseTaken(
        _ name: TokenName, of owner: Subject, at now: Timestamp
    ) async throws(DeskFault) {
        var query = TokenQuery(owner: owner.id, states: Token.State.working, now: now)
        query.name = name.text
        let holders = try await desk.tokens(query)
        guard holders.allSatisfy({ $0.token.exchange != nil }) else { throw .invalid([.nameTaken]) }
    }

    /// A text that people read, and its faults.
    func text(_ typed: String, of field: String, isRequired: Bool) -> (String, [FieldFault]) {
        if desk.format.isFound(in: typed) { return ("", [FieldFault(field, "must not contain a token")]) }
        do throws(TextFault) {
            let text = try Token.description(from: typed)
            guard !text.isEmpty || !isRequired else {
                return ("", [FieldFault(field, "must say why: those who approve read it")])
            }
            return (text, [])
        } catch {
            return ("", [FieldFault(field, error.description)])
        }
    }

    // MARK: Withdrawing and creating

    /// Takes a request back, also after it was approved.
    public func withdraw(_ id: RequestID, by requester: Requester) async throws(DeskFault) {
        try requester.refuse(.decideOwnRequest)
        let shown = try await shown(id, to: requester)
        guard let person = requester.subject else { throw .forbidden(Self.onlyRequester) }
        let now = now
        let event = event(.requestWithdrawn, shown.request, requester, at: now)
        try await change(shown, as: requester) { request throws(RequestRefusal) in
            try request.withdraw(by: person, at: now)
            return event
        }
    }

    static let onlyRequester = "Only who asked can do this."

    /// Creates the token that a request asked for, exactly as it was approved, and uses the approval up. The owner, their
    /// groups and all other rules are judged again.
    public func create(_ id: RequestID, by requester: Requester) async throws(DeskFault) -> TokenDesk.Issued {
        try requester.refuse(.createToken)
        let shown = try await shown(id, to: requester)
        guard let person = requester.subject, person.id == shown.request.requester else {
            throw .forbidden(Self.onlyRequester)
        }
        let owner = shown.owner
        guard shown.request.handOver == nil else {
            throw .forbidden("This request is to hand a token over: do that on its page.")
        }
        guard !person.isSuspended, !owner.isSuspended else {
            throw .forbidden("This account is suspended: it cannot create tokens.")
        }
        let now = now
        // Says that it is no longer possible before it says why it would not be.
        guard shown.request.state(at: now) == .approved, shown.missing.isEmpty else {
            throw try await fault(.notApproved, shown, requester)
        }
        let new = try await desk.check(
            TokenDesk.NewToken(shown.request.requestedToken), for: owner, by: requester, at: now)
        guard new.wanted.isSame(as: shown.request.requestedToken) else {
            throw .requestSettled(
                "The rules for tokens have changed since this was approved: withdraw it, and ask again.")
        }
        return try await desk.add(new, to: owner, requester, at: now, as: shown.request)
    }

    // MARK: What they share

    /// An event about a request: what is asked for, the request, and what was said.
    func event(
        _ kind: Event.Kind, _ request: TokenRequest, _ requester: Requester, at now: Timestamp,
        saying words: String = ""
    ) -> Event {
        Event(
            kind, at: now, actor: requester.subject?.id, by: requester.token?.id, subject: request.owner,
            address: requester.address,
            detail: "\(request.requestedToken.name), request \(request.id)"
                + (words.isEmpty ? "" : ", \(words)"))
    }

    /// Changes a request in one transaction, in which it is judged as it is then.
    @discardableResult
    func change(
        _ shown: ShownRequest, as requester: Requester,
        _ body: @escaping @Sendable (inout TokenRequest) throws(RequestRefusal) -> Event
    ) async throws(DeskFault) -> TokenRequest {
        let refused = Refused()
        do throws(LedgerError) {
            return try await ledger.change(shown.request.id) { request throws(LedgerError) in
                do throws(RequestRefusal) {
                    return [try body(&request)]
                } catch {
                    refused.note(error)
                    throw .changedMeanwhile
                }
            }
        } catch {
            guard error == .changedMeanwhile, let refusal = refused.refusal else { throw .ledger(error) }
            throw try await fault(refusal, try await self.shown(shown.request.id, to: requester), requester)
        }
    }
}

extension TokenDesk {
    /// Requests for tokens that need approval.
    public var requests: RequestDesk { RequestDesk(desk: self) }
}

extension TokenDesk.NewToken {
    /// The token that was asked for, to be checked again.
    init(_ token: RequestedToken) {
        self.init(
            name: token.name.text, scopes: token.scopes.list.map(\.text),
            addresses: token.addresses.map(\.description), expiresAt: token.expiresAt,
            neverExpires: token.expiresAt == nil)
    }
}

extension FieldFault {
    /// The token needs nobody's approval.
    public static let needsNone = FieldFault(
        "scopes", "need no approval: create the token without asking")

    /// A token that needs approval would get addresses that nobody approved.
    static func widened(_ approvers: [Approvers]) -> FieldFault {
        FieldFault(
            "addresses",
            "can only be narrowed, since new ones need approval by \(approvers.words): ask for a new token")
    }

    static func askedAlready(_ id: RequestID) -> FieldFault {
        FieldFault(
            "name",
            "is asked for already, in request \(id): wait for the answer, or withdraw that request first")
    }
}

extension Scopes {
    /// The scopes for an event, not too long.
    fileprivate var shortWords: String {
        let text = list.isEmpty ? "every service" : text
        let beginning = text.beginning(bytes: 200)
        return beginning == text ? text : beginning + "…"
    }
}
