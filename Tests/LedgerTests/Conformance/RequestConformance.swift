import Ledger
import TestHouse
import Testing
import Tokens

extension LedgerConformance {
    @Suite("Requests for approval") struct Requests {
        static let approvers = [Approvers(groups: ["ops"])]

        @Test("a request is kept with everything that it says", arguments: Engine.all)
        func kept(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let bruno = try await house.person("bruno", groups: ["ops", "a:b,c"])
                var request = try house.request(
                    "CI “é” \\ 3:x,", of: alice, scopes: "git:write:/team/app.git maven",
                    addresses: ["10.0.0.0/8", "2001:db8::/32"], expires: .noon + .days(9))
                try await house.ledger.add(request, event: .note(.tokenRequested, about: alice))
                #expect(try await house.ledger.request(request.id) == request)
                #expect(try await house.events().map(\.kind).first == .tokenRequested)
                let changed = try await house.decide(request, by: bruno, saying: "“fine”, 2:ok,")
                try request.decide(
                    true, by: bruno, saying: "“fine”, 2:ok,", under: Self.approvers, at: .noon)
                #expect(changed == request && changed.stage == .approved)
                #expect(try await house.ledger.request(request.id) == request)
                #expect(try await house.events().map(\.kind).first == .requestApproved)
                #expect(try await house.ledger.request(RequestID(number: 1)) == nil)
                // Everything empty, and the operator's decision.
                var plain = try house.request("plain", of: alice)
                try await house.ledger.add(plain, event: .note(.tokenRequested))
                try await house.decide(plain, by: nil, approving: false)
                try plain.decide(false, by: nil, saying: "", under: Self.approvers, at: .noon)
                #expect(try await house.ledger.request(plain.id) == plain)
            }
        }

        @Test("of an approval, one token is made, together with the request's end", arguments: Engine.all)
        func use(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let request = try await house.approved("CI", of: alice)
                let (token, digest) = (try Token.made("CI", of: alice), TokenDigest.fresh())
                try await house.use(request, for: token, digest)
                #expect(try await house.ledger.token(digest)?.token == token)
                let used = try await house.ledger.request(request.id)
                #expect((used?.stage, used?.token) == (.used, token.id))
                #expect(try await house.events().first?.token == token.id)
                // A second time nothing is made.
                let second = try Token.made("other", of: alice)
                try await expect(.changedMeanwhile, in: house) {
                    try await house.use(request, for: second, .fresh())
                }
                #expect(try await house.ledger.token(second.id) == nil)
            }
        }

        @Test("where the token cannot be added, the approval stays", arguments: Engine.all)
        func stays(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let request = try await house.approved("CI", of: alice)
                try await house.token("ci", of: alice)
                try await expect(.nameTaken, in: house) {
                    try await house.use(request, for: try Token.made("CI", of: alice), .fresh())
                }
                #expect(try await house.ledger.request(request.id)?.stage == .approved)
            }
        }

        @Test("of many who decide or use at once, one does", arguments: Engine.all)
        func atOnce(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let bruno = try await house.person("bruno", groups: ["ops"])
                let chen = try await house.person("chen", groups: ["ops"])
                for round in 0..<10 {
                    let request = try house.request("CI \(round)", of: alice)
                    try await house.ledger.add(request, event: .note(.tokenRequested))
                    async let yes = house.decides(request, bruno, true)
                    async let no = house.decides(request, chen, false)
                    let won = await [yes, no]
                    #expect(won.count(where: \.self) == 1)
                    let kept = try await house.ledger.request(request.id)
                    #expect(kept?.decisions.map(\.by) == [won[0] ? bruno.id : chen.id])
                    #expect(kept?.stage == (won[0] ? .approved : .denied))
                }
                let request = try await house.approved("used", of: alice)
                let made = await withTaskGroup(of: Bool.self) { group in
                    for number in 0..<8 {
                        group.addTask {
                            do {
                                try await house.use(
                                    request, for: try Token.made("used \(number)", of: alice), .fresh())
                                return true
                            } catch { return false }
                        }
                    }
                    return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
                }
                #expect(made == 1)
                #expect(try await house.ledger.tokens(TokenQuery(owner: alice.id, now: .noon)).count == 1)
            }
        }

        @Test("an owner asks for a name once at a time, and a person not for too much", arguments: Engine.all)
        func once(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let bruno = try await house.person("bruno")
                func ask(_ name: String, _ owner: Subject, at moment: Timestamp = .noon) async throws {
                    try await house.ledger.add(
                        try house.request(name, of: owner, at: moment),
                        event: .note(.tokenRequested, at: moment))
                }
                let first = try house.request("CI", of: alice)
                try await house.ledger.add(first, event: .note(.tokenRequested))
                try await expect(.alreadyAsked(first.id), in: house) { try await ask("ci", alice) }
                try await ask("ci", bruno)
                try await house.decide(first, by: nil)
                let end = Timestamp.noon + .days(7)
                try await expect(.alreadyAsked(first.id), in: house) {
                    try await ask("CI", alice, at: end - .seconds(1))
                }
                try await ask("CI", alice, at: end)
                for number in 1..<LedgerLimits.openRequestsPerSubject {
                    try await ask("more \(number)", alice, at: end)
                }
                try await expect(.tooManyRequests, in: house) { try await ask("last", alice, at: end) }
                try await ask("last", alice, at: end + .days(30))
            }
        }

        @Test("lists by person and by state at a moment, in pages", arguments: Engine.all)
        func lists(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let bruno = try await house.person("bruno")
                let open = try house.request("open", of: alice)
                try await house.ledger.add(open, event: .note(.tokenRequested))
                let approved = try await house.approved("approved", of: bruno, for: alice)
                let denied = try house.request("denied", of: bruno)
                try await house.ledger.add(denied, event: .note(.tokenRequested))
                try await house.decide(denied, by: nil, approving: false)
                func ids(
                    _ states: Set<TokenRequest.State>, of person: Subject? = nil,
                    after span: TimeSpan = .days(0),
                    before: RequestID? = nil, limit: Int = 100
                ) async throws -> [RequestID] {
                    try await house.ledger.requests(
                        RequestQuery(
                            of: person?.id, states: states, now: .noon + span, before: before, limit: limit)
                    ).map(\.id)
                }
                let all = Set(TokenRequest.State.allCases)
                #expect(try await ids(all) == [denied.id, approved.id, open.id])
                #expect(try await ids(all, before: approved.id) == [open.id])
                #expect(try await ids(all, limit: 1) == [denied.id])
                #expect(try await ids(all, of: alice) == [approved.id, open.id])
                #expect(try await ids([.open]) == [open.id])
                #expect(try await ids([.denied, .used]) == [denied.id])
                #expect(try await ids([.denied, .approved], of: bruno) == [denied.id, approved.id])
                // By the clock alone.
                #expect(try await ids([.expired]) == [])
                #expect(try await ids([.expired], after: .days(7)) == [approved.id])
                #expect(try await ids([.open], after: .seconds(30 * 86_400 - 1)) == [open.id])
                #expect(try await ids([.expired], after: .days(30)) == [approved.id, open.id])
                #expect(try await ids([.open, .approved], after: .days(30)) == [])
                #expect(try await ids([]) == [])
            }
        }

        @Test("a refused change changes nothing, and old requests are swept", arguments: Engine.all)
        func refused(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let request = try house.request("CI", of: alice)
                try await house.ledger.add(request, event: .note(.tokenRequested))
                try await expect(.changedMeanwhile, in: house) {
                    try await house.ledger.change(request.id) { request throws(LedgerError) in
                        do { try request.withdraw(by: alice, at: .noon) } catch { throw .noSuchRequest }
                        throw .changedMeanwhile
                    }
                }
                try await expect(.noSuchRequest, in: house) {
                    try await house.ledger.change(RequestID(number: 1)) { _ in [] }
                }
                #expect(try await house.ledger.request(request.id) == request)
                try await house.ledger.sweep(at: .noon + .days(365))
                #expect(try await house.ledger.request(request.id) == request)
                try await house.ledger.sweep(at: .noon + .days(365) + .seconds(1))
                #expect(try await house.ledger.request(request.id) == nil)
            }
        }
    }
}

extension House {
    func request(
        _ name: String, of requester: Subject, for owner: Subject? = nil, scopes: String = "",
        addresses: [String] = [], expires: Timestamp? = nil, at moment: Timestamp = .noon
    ) throws -> TokenRequest {
        TokenRequest(
            id: .next(at: moment), requester: requester.id, owner: (owner ?? requester).id,
            content: .create(
                RequestedToken(
                    name: try TokenName(name), scopes: try #require(Scopes(text: scopes)),
                    addresses: addresses.compactMap { AddressRange($0) }, expiresAt: expires)),
            reason: "The nightly build", createdAt: moment)
    }

    /// Adds a request, and approves it as the operator.
    func approved(_ name: String, of requester: Subject, for owner: Subject? = nil) async throws
        -> TokenRequest
    {
        let request = try request(name, of: requester, for: owner)
        try await ledger.add(request, event: .note(.tokenRequested))
        return try await decide(request, by: nil)
    }

    @discardableResult
    func decide(
        _ request: TokenRequest, by person: Subject?, approving isApproval: Bool = true,
        saying word: String = ""
    ) async throws -> TokenRequest {
        try await ledger.change(request.id) { request throws(LedgerError) in
            do throws(RequestRefusal) {
                try request.decide(
                    isApproval, by: person, saying: word, under: LedgerConformance.Requests.approvers,
                    at: .noon)
            } catch {
                throw .changedMeanwhile
            }
            return [.note(isApproval ? .requestApproved : .requestDenied)]
        }
    }

    /// Whether that person's decision counts.
    func decides(_ request: TokenRequest, _ person: Subject, _ isApproval: Bool) async -> Bool {
        do {
            try await decide(request, by: person, approving: isApproval)
            return true
        } catch { return false }
    }

    /// Adds a token for an approved request.
    func use(_ request: TokenRequest, for token: Token, _ digest: TokenDigest) async throws {
        let requester = try #require(try await ledger.subject(request.requester))
        try await ledger.add(token, digest: digest, within: [], for: request.id) {
            request throws(LedgerError) in
            do throws(RequestRefusal) {
                try request.use(
                    for: token.id, by: requester, under: LedgerConformance.Requests.approvers, at: .noon)
            } catch {
                throw .changedMeanwhile
            }
            return [.created(token)]
        }
    }
}
