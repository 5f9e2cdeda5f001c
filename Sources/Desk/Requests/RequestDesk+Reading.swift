internal import Ledger
public import Tokens

/// A request with what is shown beside it.
public struct ShownRequest: Hashable, Sendable {
    public let request: TokenRequest
    public let requester: Subject
    public let owner: Subject
    /// Those of whom one each must approve it today.
    public let approvers: [Approvers]
    /// The logins of those who decided.
    public let logins: [SubjectID: String]
    public let state: TokenRequest.State

    public init(
        request: TokenRequest, requester: Subject, owner: Subject, approvers: [Approvers],
        logins: [SubjectID: String] = [:], at now: Timestamp
    ) {
        self.request = request
        self.requester = requester
        self.owner = owner
        self.approvers = approvers
        self.logins = logins
        state = request.state(at: now)
    }

    /// Those whose approval is still missing.
    public var missing: [Approvers] { request.missing(of: approvers) }

    /// The login of who made a decision.
    public func login(of decision: TokenRequest.Decision) -> String {
        decision.by.map { logins[$0] ?? "somebody" } ?? "the operator"
    }

    /// The login of whoever of both is suspended.
    var suspended: String { (owner.isSuspended ? owner : requester).login.text }

    /// What has become of it, with who did that and what to do now.
    public var whatBecameOfIt: String {
        let last = request.decisions.last
        let (who, when) = (last.map(login) ?? "somebody", last?.at.rfc3339 ?? "")
        let said = last.flatMap { $0.word.isEmpty ? nil : " They said: “\($0.word)”." } ?? ""
        switch state {
        case .open:
            return "This request is not approved yet: it waits for approval by \(missing.words)."
        case .approved where !missing.isEmpty:
            return "The rules have changed since this was approved: it needs approval by \(missing.words). "
                + "Withdraw it, and ask again."
        case .approved: return "\(who) approved this request at \(when).\(said)"
        case .denied: return "\(who) denied this request at \(when).\(said)"
        case .withdrawn:
            return "\(requester.login) withdrew this request at \(request.settledAt?.rfc3339 ?? "")."
        case .used where request.handOver != nil:
            return "The token was handed over at \(request.settledAt?.rfc3339 ?? "")."
        case .used:
            return "The token of this request was created at \(request.settledAt?.rfc3339 ?? "")."
        case .expired:
            let lasting = TokenRequest.approvalLasting.seconds / 86400
            return request.approvedUntil == nil
                ? "Nobody answered this request within \(TokenRequest.patience.seconds / 86400) days: ask again."
                : "The approval was not used within \(lasting) days: ask again."
        }
    }

    /// Whether `person` may see it: who asked, the owner, and those who can or did decide.
    func isVisible(to person: Subject) -> Bool {
        person.id == request.requester || person.id == request.owner
            || approvers.contains { $0.include(person) } || request.decisions.contains { $0.by == person.id }
    }
}

/// Reading requests.
extension RequestDesk {
    /// The most requests that a list shows.
    public static let listLimit = 200
    /// The most that the list of those that somebody decided shows.
    private static let decidedLimit = 20

    /// A request that the requester may see; where they are `overseeing`, as one who oversees may see all. Throws
    /// ``DeskFault/noSuchRequest`` for any other.
    public func shown(
        _ id: RequestID, to requester: Requester, overseeing: Bool = false
    ) async throws(DeskFault) -> ShownRequest {
        let shown = try await shown(try await known(id))
        if let person = requester.subject, !overseeing || requester.oversight == nil {
            guard shown.isVisible(to: person) else { throw .noSuchRequest }
        }
        return shown
    }

    /// The newest requests that a person made, or whose tokens would be theirs.
    public func own(of person: Subject) async throws(DeskFault) -> [ShownRequest] {
        try await shown(list(RequestQuery(of: person.id, now: now, limit: Self.listLimit)))
    }

    /// The requests that a person can decide, the newest first.
    public func decidable(by person: Subject) async throws(DeskFault) -> [ShownRequest] {
        try await shown(open(for: person, desk.stewarded(by: person), under: desk.approval()))
    }

    /// All requests in these states, the newest first, for the operator.
    public func all(in states: Set<TokenRequest.State>) async throws(DeskFault) -> [ShownRequest] {
        try await shown(list(RequestQuery(states: states, now: now, limit: Self.listLimit)))
    }

    /// How many requests wait for a person: to be decided, or to be used now that they are approved. `nil` where the
    /// person has nothing to do with requests: they can approve none, and have asked for nothing.
    ///
    /// - Parameter accounts: those that the person is a steward of.
    public func waiting(
        for person: Subject, stewarding accounts: [Subject]
    ) async throws(DeskFault) -> Int? {
        let rules = try await desk.approval()
        if !decides(person, accounts, under: rules) {
            guard try await !list(RequestQuery(of: person.id, now: now, limit: 1)).isEmpty else { return nil }
        }
        let approved = try await list(RequestQuery(of: person.id, states: [.approved], now: now))
        let usable = approved.count { $0.requester == person.id }
        return usable + (try await open(for: person, accounts, under: rules)).count
    }

    /// Those of the newest requests that a person has decided, or has approved while others still have to.
    public func decided(by person: Subject) async throws(DeskFault) -> [ShownRequest] {
        let newest = try await list(RequestQuery(now: now, limit: 1000))
        let theirs = newest.filter { request in request.decisions.contains { $0.by == person.id } }
        return try await shown(Array(theirs.prefix(Self.decidedLimit)))
    }

    /// Whether there can be requests that a person decides, who is a steward of these accounts.
    private func decides(_ person: Subject, _ accounts: [Subject], under rules: ApprovalRules) -> Bool {
        rules.mention(person.groups) || !accounts.isEmpty
    }

    /// The open requests that a person can decide, who is a steward of these accounts.
    private func open(
        for person: Subject, _ accounts: [Subject], under rules: ApprovalRules
    ) async throws(DeskFault) -> [TokenRequest] {
        guard decides(person, accounts, under: rules) else { return [] }
        let now = now
        return try await list(RequestQuery(states: [.open], now: now, limit: 1000)).filter { request in
            let owner = accounts.first { $0.id == request.owner }
            let approvers = Self.approvers(of: request, owner: owner, under: rules)
            return request.refusal(toDecide: true, by: person, under: approvers, at: now) == nil
        }
    }

    /// Those who must approve what a request asks for.
    ///
    /// That a token is handed over is approved by a steward of the account that gets it.
    public static func approvers(
        of request: TokenRequest, owner: Subject?, under rules: ApprovalRules
    ) -> [Approvers] {
        switch request.content {
        case .create: rules.approvers(of: request.requestedToken.scopes)
        case .handOver:
            owner?.account.map { [Approvers(groups: $0.owners, people: $0.stewards)] } ?? []
        }
    }

    func known(_ id: RequestID) async throws(DeskFault) -> TokenRequest {
        let request = try await read { () throws(LedgerError) in try await ledger.request(id) }
        guard let request else { throw .noSuchRequest }
        return request
    }

    private func list(_ query: RequestQuery) async throws(DeskFault) -> [TokenRequest] {
        try await read { () throws(LedgerError) in try await ledger.requests(query) }
    }

    func shown(_ request: TokenRequest) async throws(DeskFault) -> ShownRequest {
        guard let shown = try await shown([request]).first else { throw .noSuchRequest }
        return shown
    }

    private func shown(_ requests: [TokenRequest]) async throws(DeskFault) -> [ShownRequest] {
        let now = now
        let rules = try await desk.approval()
        let people = try await read { () throws(LedgerError) in
            var people: [SubjectID: Subject] = [:]
            for request in requests {
                for id in [request.requester, request.owner] + request.decisions.compactMap(\.by)
                where people[id] == nil {
                    people[id] = try await ledger.subject(id)
                }
            }
            return people
        }
        return requests.compactMap { request in
            guard let requester = people[request.requester], let owner = people[request.owner] else {
                return nil
            }
            return ShownRequest(
                request: request, requester: requester, owner: owner,
                approvers: Self.approvers(of: request, owner: owner, under: rules),
                logins: people.mapValues(\.login.text), at: now)
        }
    }
}
