import Ledger
import TestHouse
import Testing
import Tokens

/// A ledger with rows in every table.
struct MovingHouse {
    let owner: Subject
    let active: Token
    let revoked: Token
    let request: TokenRequest
    let selection: TokenSelection
    let leaked: Token
    let authorization: Authorization

    /// Fills a ledger.
    init(filling house: House) async throws {
        let alice = try await house.person("alice", name: "Älice \\ \t\n “x”", email: "alice@example.com")
        let (bob, _) = try await house.provisioned("bob")
        try await house.ledger.suspend(bob.id, since: .noon, event: .note(.subjectSuspended))
        let carol = Subject(id: .next(at: .noon), login: try Login("carol"), createdAt: .noon)
        try await house.ledger.add(
            carol, identity: Identity(issuer: "https://id.example", name: "carol-1"),
            event: .note(.subjectAdded))
        try await house.ledger.setPassword(
            .one, of: alice.id, keeping: nil, event: .note(.passwordSet, about: alice))
        try await house.ledger.add(Invitation(digest: .fresh(), subject: bob.id, expiresAt: .noon))
        try await house.ledger.add(
            .made("ops", [alice.id, carol.id]), administrators: [], event: .note(.groupAdded))
        active = try await house.token("live", of: alice, expires: .noon + .days(9))
        revoked = try await house.revoke(house.token("old", of: bob), at: .noon)
        let replaced = try await house.token("ci", of: carol)
        try await house.regenerate(replaced, of: carol, at: .noon, oldEnds: .noon + .hours(1))
        for day in 0..<3 {
            try await house.ledger.record([
                Use(
                    secret: active.secret, service: "git", address: "192.0.2.1", client: "Git 2.39",
                    lastAt: .noon - .days(Int64(day)), count: day + 1)
            ])
        }
        try await house.ledger.record(refusals: [
            RefusedUse(
                Use(
                    secret: active.secret, service: "git", address: "192.0.2.1", client: "Git 2.39",
                    lastAt: .noon, count: 3, access: .write), .insufficientScope)
        ])
        let paused = try await house.token("paused", of: alice)
        try await house.ledger.change(paused.id, at: .noon) { token in
            token.pauses = [Pause(source: .owner, at: .noon, until: .noon + .days(1), by: alice.id)]
            token.description = "For the nightly build"
            return [.note(.tokenPaused, about: alice)]
        }
        let rotated = try await house.token("rotated", of: alice)
        try await house.rotate(
            rotated, of: alice, at: .noon, previousEnds: .noon + .days(1), whenMoved: true)
        try await house.ledger.record(passwordUses: [
            PasswordUse(
                subject: alice.id, service: "maven", address: "", client: "Maven", lastAt: .noon, count: 7)
        ])
        _ = try await house.session(of: alice)
        _ = try await house.ledger.receive(
            Signal(
                stream: "default", mark: .fresh(), markedUntil: .noon + .days(30), name: "session-revoked",
                person: .identity(Identity(issuer: "https://id.example", name: "carol-1")), act: .dormant,
                issuedAt: .noon, at: .noon, address: "192.0.2.9"))
        _ = try await house.ledger.receive(
            Signal(
                stream: "default", mark: .fresh(), markedUntil: .noon + .days(30), name: "account-enabled",
                person: .identity(Identity(issuer: "https://id.example", name: "carol-1")), act: .reactivate,
                issuedAt: .noon, at: .noon, address: "192.0.2.9"))
        try await house.ledger.update(stream: "default") { stream in
            (stream.id, stream.askedState, stream.askedAt) = ("stream “1”", .fresh(), .noon)
        }
        _ = try await house.ledger.use(.fresh(), until: .noon + .minutes(1), at: .noon)
        _ = try await house.ledger.begin([.account("alice")], at: .noon)
        _ = try await house.ledger.lease(export: "file", to: 1, until: .noon, at: .noon)
        try await house.ledger.setSignInPolicy(every: .days(30), event: .note(.signInPolicyChanged))
        try await house.ledger.setTokenPolicy(.strict, event: .note(.tokenPolicyChanged))
        request = try house.request("asked “for”", of: alice, scopes: "git", expires: .noon + .days(9))
        try await house.ledger.add(request, event: .note(.tokenRequested, about: alice))
        try await house.decide(request, by: nil, saying: "fine")
        let selected = try await house.token("selected", of: alice)
        _ = try await house.ledger.open(
            NewIncident(title: "Laptop “lost”", by: nil, at: .noon),
            pausing: BulkChange(
                .pause(.incident, until: nil), [selected.id], event: .note(.tokenPaused)),
            event: .note(.incidentOpened))
        selection = TokenSelection(by: alice.id, at: .noon, tokens: [selected.id], spared: [rotated.id])
        try await house.ledger.add(selection)
        let found = TokenFormat.standard.makeSecret()
        let leaked = try Token.made("leaked", of: alice, at: .noon)
        try await house.ledger.add(leaked, digest: found.digest, event: .created(leaked))
        _ = try await house.ledger.report(
            LeakReport(
                [ReportedLeak(digest: found.digest, url: "https://git.example/ä", source: "commit")],
                by: "github", at: .noon
            ) { _ in .pause })
        let decoy = Decoy(
            id: .next(at: .noon), owner: alice.id, name: try TokenName("wiki"), createdAt: .noon)
        try await house.ledger.add(decoy, digest: .fresh(), event: .note(.decoyCreated, about: alice))
        try await house.ledger.record(tries: [
            DecoyTry(decoy.id, at: .noon, service: "git", address: "192.0.2.9", client: "curl 8", count: 2)
        ])
        try await Self.addTrust(to: house, for: alice)
        self.leaked = leaked
        owner = alice
        authorization = .made(by: .code, userCode: .fresh(), stage: .approved, of: alice)
        try await house.ledger.add(authorization, event: nil)
        for origin in [
            Token.Origin.client(.init(id: "jeton-git", title: "git", address: "192.0.2.1")),
            .job(.init(rule: .init(number: 7), issuer: "github", subject: "s", repository: "a/b")),
            .assertion(.init(id: "agent", title: "Agent", address: "192.0.2.1")),
        ] {
            let token = try Token.made("by \(origin)".beginning(bytes: 40), of: alice, origin: origin)
            try await house.ledger.add(token, digest: .fresh(), event: .created(token))
        }
        let (agent, planner) = (try await house.account("bot-agent"), try await house.account("bot-planner"))
        let parent = try await house.token("for agents", of: alice)
        let delegated = try await house.delegate(to: agent, for: parent, scopes: "git:read")
        try await house.delegate(to: planner, after: delegated, for: parent, scopes: "git:read")
        try await Self.addNotices(to: house, for: alice, about: active)
    }

    /// Adds a trust rule, and a token that it gave to a job.
    private static func addTrust(to house: House, for owner: Subject) async throws {
        let rule = TrustRule(
            id: .next(at: .noon), owner: owner.id, name: try TokenName("release"), issuer: "https://ci.test",
            claims: [ClaimMatch(stored: "ref", value: "refs/*", isPattern: true)], scopes: .everyService,
            createdAt: .noon, createdBy: owner.id, expiresAt: .noon + .days(1))
        try await house.ledger.add(rule, event: .note(.trustRuleAdded, about: owner))
        let token = Token(
            id: .next(at: .noon), owner: owner.id, name: try TokenName("acme/app #7"), scopes: .everyService,
            createdAt: .noon,
            origin: .job(
                Token.Job(rule: rule.id, issuer: "ci", subject: "repo", repository: "acme/app", run: "7")),
            expiresAt: .noon + .minutes(5))
        let trade = Trade(
            token: token, digest: .fresh(), mark: .fresh(), markedUntil: .noon + .minutes(6))
        try await house.ledger.trade(trade, event: .created(token))
    }

    /// Adds a notice with a delivery, a choice, a disabled endpoint, a webhook of an account, and a told expiry.
    private static func addNotices(
        to house: House, for alice: Subject, about token: Token
    ) async throws {
        let ledger = house.ledger
        _ = try await ledger.leaseNotices(to: 1, until: .noon, at: .noon)
        let notice = Notice(
            id: .next(at: .noon), at: .noon, kind: "expiring", recipient: alice.id, subject: alice.id,
            token: token.id, event: EventID(number: 7),
            content: NoticeContent(
                title: "“live” expires", paragraphs: ["One", ""], facts: [NoticeDetail("When", "now")],
                traces: [NoticeDetail("From", "192.0.2.1")], link: NoticeAction("Rotate it", "/tokens/1")))
        let last = try #require(try await house.events().first)
        _ = try await ledger.add(
            [NewNotice(notice, by: [.init("mail", digestOn: 4, at: .noon), .init("webhook/x", at: .noon)])],
            upTo: EventID(number: last.id.number + 1), of: 1)
        try await ledger.choose(["expiring": .daily], for: alice.id)
        try await ledger.disable(
            DisabledEndpoint("webhook/old", at: .noon, reason: "410 Gone"), event: .note(.endpointDisabled))
        let account = try await house.account("bot", stewards: [alice])
        try await ledger.setTeamWebhook(
            TeamWebhook(
                url: "https://hooks.example", sealedSecret: "sealed", changedAt: .noon, changedBy: alice.id),
            of: account.id, event: .note(.accountChanged, about: account))
        _ = try await ledger.add(
            .note(.tokenExpiring, about: alice), expiryOf: token.id, at: .noon + .days(9), within: 30)
    }
}

/// What pages and lists show of a ledger.
struct Shown: Equatable {
    let loaded: Loaded
    let subjects: [Subject]
    let people: [ProvisionedPerson]
    let groups: [ProvisionedGroup]
    let tokens: [ListedToken]
    let uses: [Use]
    let history: [UseDay]
    let refusals: [RefusedUse]
    let requests: [TokenRequest]
    let passwordUses: [ListedPasswordUse]
    let sessions: [Session]
    let events: [Event]
    let incidents: [Incident]
    let members: [TokenID]
    let selection: TokenSelection?
    let notices: [Notice]
    let deliveries: [Delivery]
    let choices: [SubjectID: [String: NoticeChoice]]
    let disabled: [DisabledEndpoint]
    let webhooks: [TeamWebhook]
    let reached: ExportPosition?
    let leaks: [Leak]
    let decoys: [Decoy]
    let trustRules: [TrustRule]
    let jobs: [Token]
    let stream: SignalStream
    let authorization: Authorization?

    init(_ house: House, _ moving: MovingHouse) async throws {
        let ledger = house.ledger
        loaded = try await house.loaded()
        subjects = try await ledger.subjects(matching: nil)
        people = try await ledger.people(nil)
        groups = try await ledger.groups(nil)
        tokens = try await ledger.tokens(TokenQuery(now: .noon))
        uses = try await ledger.uses(of: moving.active.id, since: .noon - .days(30))
        history = try await ledger.history(of: moving.active.id, since: .noon - .days(30))
        refusals = try await ledger.refusals(of: moving.active.id, since: .noon - .days(30))
        requests = try await ledger.requests(RequestQuery(now: .noon))
        passwordUses = try await ledger.passwordUses(of: nil, since: .noon - .days(30))
        sessions = try await ledger.sessions(of: moving.owner.id)
        events = try await house.events()
        incidents = try await ledger.incidents(before: nil, limit: 9)
        members = try await ledger.tokens(of: 1, in: .paused, at: .noon, after: nil, limit: 9)
        selection = try await ledger.selection(moving.selection.id)
        notices = try await ledger.notices(of: moving.owner.id, before: nil, limit: 9)
        deliveries = try await ledger.deliveries(DeliveryQuery())
        choices = try await ledger.noticeChoices(of: [moving.owner.id])
        disabled = try await ledger.disabledEndpoints()
        var webhooks: [TeamWebhook] = []
        for account in try await ledger.accounts() {
            if let webhook = try await ledger.teamWebhook(of: account.id) { webhooks.append(webhook) }
        }
        self.webhooks = webhooks
        reached = try await ledger.leaseNotices(to: 1, until: .noon, at: .noon)
        leaks = try await ledger.leaks(of: moving.leaked.id)
        decoys = try await ledger.decoys(of: nil, limit: 9)
        trustRules = try await ledger.trustRules(of: nil, about: nil)
        jobs = try await ledger.tokensOfJobs(of: moving.owner.id, before: nil, limit: 9).map(\.token)
        stream = try await ledger.stream("default")
        authorization = try await ledger.authorization(moving.authorization.id)
    }
}
