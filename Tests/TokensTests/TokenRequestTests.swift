import Testing
import Tokens

@Suite("What becomes of a request")
struct TokenRequestTests {
    private let ops = Approvers(groups: ["ops"])
    private let leads = Approvers(groups: ["leads"])

    private func person(
        _ number: Int64, _ groups: String..., suspended: Bool = false
    ) throws -> Subject {
        Subject(
            id: SubjectID(number: number), login: try Login("p\(number)"), groups: groups,
            suspendedAt: suspended ? now : nil, createdAt: now)
    }

    private func request(of person: Int64 = 1, for owner: Int64 = 1) throws -> TokenRequest {
        let token = RequestedToken(
            name: try TokenName("CI"), scopes: .everyService, addresses: [], expiresAt: nil)
        return TokenRequest(
            id: RequestID(number: 9), requester: SubjectID(number: person), owner: SubjectID(number: owner),
            content: .create(token), reason: "the build", createdAt: now)
    }

    @Test("who may decide")
    func who() throws {
        let request = try self.request()
        let rows: [(Subject, RequestRefusal?)] = [
            (try person(2, "ops"), nil),
            (try person(2, "dev", "ops"), nil),
            (try person(2, "dev"), .notApprover),
            (try person(2), .notApprover),
            // Nobody decides their own, whatever their groups.
            (try person(1, "ops"), .own),
            (try person(1), .own),
            (try person(2, "ops", suspended: true), .suspended),
        ]
        for (person, refusal) in rows {
            for isApproval in [true, false] {
                #expect(
                    request.refusal(toDecide: isApproval, by: person, under: [ops], at: now)
                        == refusal, "\(person)")
            }
        }
        // The owner of the token decides no more than who asked.
        let forOther = try self.request(of: 1, for: 3)
        #expect(forOther.refusal(toDecide: true, by: try person(3, "ops"), under: [ops], at: now) == .own)
    }

    @Test("one decision can meet several rules; else others follow, and any denial ends it")
    func several() throws {
        var both = try request()
        try both.decide(true, by: person(2, "ops", "leads"), saying: "", under: [ops, leads], at: now)
        #expect(both.stage == .approved && both.approvedUntil == now + .days(7))

        var one = try request()
        try one.decide(true, by: person(2, "ops"), saying: "fine", under: [ops, leads], at: now)
        #expect(one.stage == .open && one.missing(of: [ops, leads]) == [leads])
        var again = one
        #expect(throws: RequestRefusal.approvedAlready) {
            try again.decide(true, by: person(2, "ops"), saying: "", under: [ops, leads], at: now)
        }
        var approved = one
        try approved.decide(true, by: person(3, "leads"), saying: "", under: [ops, leads], at: now)
        #expect(approved.stage == .approved && approved.decisions.count == 2)
        // Who approved can still deny, until others have approved.
        var denied = one
        try denied.decide(false, by: person(2, "ops"), saying: "no", under: [ops, leads], at: now)
        #expect(denied.stage == .denied && denied.decisions.map(\.isApproval) == [true, false])
        #expect(throws: RequestRefusal.settled) {
            try denied.decide(true, by: person(3, "leads"), saying: "", under: [ops, leads], at: now)
        }
        // The operator's approval meets every rule.
        var byOperator = try request()
        try byOperator.decide(true, by: nil, saying: "", under: [ops, leads], at: now)
        #expect(byOperator.stage == .approved)
    }

    @Test("an approval is of who they were then, and is judged by the rules of later")
    func later() throws {
        var request = try self.request()
        try request.decide(true, by: person(2, "ops", "dev"), saying: "", under: [ops], at: now)
        #expect(request.decisions[0].groups == ["ops"], "only those that approve are kept")
        #expect(request.missing(of: [ops, leads]) == [leads])
        #expect(throws: RequestRefusal.notApproved) {
            try request.use(for: TokenID(number: 5), by: person(1), under: [ops, leads], at: now)
        }
        try request.use(for: TokenID(number: 5), by: person(1), under: [ops], at: now)
        #expect((request.stage, request.token) == (.used, TokenID(number: 5)))
    }

    @Test(
        "a request nobody answers ends after 30 days, an approval after 7",
        arguments: [
            (TimeSpan.seconds(30 * 86_400 - 1), TokenRequest.State.open), (.days(30), .expired),
        ])
    func expiry(_ span: TimeSpan, _ state: TokenRequest.State) throws {
        var open = try request()
        #expect(open.state(at: now + span) == state)
        if state == .expired {
            #expect(throws: RequestRefusal.settled) {
                try open.decide(true, by: person(2, "ops"), saying: "", under: [ops], at: now + span)
            }
            #expect(throws: RequestRefusal.settled) { try open.withdraw(by: person(1), at: now + span) }
        }
        // Approved at the last moment, it can be used for its whole time.
        var late = try request()
        let end = now + .days(30) - .seconds(1)
        try late.decide(true, by: person(2, "ops"), saying: "", under: [ops], at: end)
        #expect(late.state(at: end + .days(7) - .seconds(1)) == .approved)
        #expect(late.state(at: end + .days(7)) == .expired)
        #expect(throws: RequestRefusal.settled) {
            try late.use(for: TokenID(number: 5), by: person(1), under: [ops], at: end + .days(7))
        }
    }

    @Test("only who asked withdraws and uses, each once")
    func requester() throws {
        var request = try self.request(of: 1, for: 3)
        #expect(throws: RequestRefusal.notRequester) { try request.withdraw(by: person(3), at: now) }
        #expect(throws: RequestRefusal.notApproved) {
            try request.use(for: TokenID(number: 5), by: person(1), under: [ops], at: now)
        }
        try request.decide(true, by: person(2, "ops"), saying: "", under: [ops], at: now)
        #expect(throws: RequestRefusal.notRequester) {
            try request.use(for: TokenID(number: 5), by: person(3), under: [ops], at: now)
        }
        #expect(throws: RequestRefusal.suspended) {
            try request.use(for: TokenID(number: 5), by: person(1, suspended: true), under: [ops], at: now)
        }
        var withdrawn = request
        try withdrawn.withdraw(by: person(1), at: now)
        #expect(withdrawn.stage == .withdrawn)
        try request.use(for: TokenID(number: 5), by: person(1), under: [ops], at: now)
        for var settled in [withdrawn, request] {
            #expect(throws: RequestRefusal.settled) { try settled.withdraw(by: person(1), at: now) }
            #expect(throws: RequestRefusal.settled) {
                try settled.use(for: TokenID(number: 6), by: person(1), under: [ops], at: now)
            }
        }
    }

    @Test("a token is the same only where everything is")
    func same() throws {
        func token(
            _ name: String = "CI", _ scopes: String = "git:read maven", _ addresses: [String] = [],
            _ expiresAt: Timestamp? = nil
        ) throws -> RequestedToken {
            RequestedToken(
                name: try TokenName(name), scopes: try #require(Scopes(text: scopes)),
                addresses: addresses.compactMap { AddressRange($0) }, expiresAt: expiresAt)
        }
        let one = try token("CI", "git:read maven", ["10.0.0.0/8", "::1"], now)
        #expect(one.isSame(as: try token("CI", "maven git:read", ["::1", "10.0.0.0/8"], now)))
        for other in [
            try token("ci", "git:read maven", ["10.0.0.0/8", "::1"], now),
            try token("CI", "git:write maven", ["10.0.0.0/8", "::1"], now),
            try token("CI", "git:read maven", ["10.0.0.0/8"], now),
            try token("CI", "git:read maven", [], now),
            try token("CI", "git:read maven", ["10.0.0.0/8", "::1"], nil),
            try token("CI", "git:read maven", ["10.0.0.0/8", "::1"], now + .seconds(1)),
        ] {
            #expect(!one.isSame(as: other), "\(other)")
        }
    }
}
