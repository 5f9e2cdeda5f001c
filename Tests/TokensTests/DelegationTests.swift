import Testing
import Tokens

@Suite("Agents on behalf of a person")
struct DelegationTests {
    struct Common: CustomTestStringConvertible, Sendable {
        let one: String
        let other: String
        /// What both allow; `nil` for nothing.
        let both: String?

        init(_ one: String, _ other: String, _ both: String?) {
            (self.one, self.other, self.both) = (one, other, both)
        }

        var testDescription: String { "“\(one)” and “\(other)”: \(both ?? "nothing")" }
    }

    static let common = [
        Common("", "", ""),
        Common("", "git:read", "git:read"),
        Common("git", "git", "git"),
        Common("git", "maven", nil),
        Common("git", "git:read", "git:read"),
        Common("git:write", "git:read", "git:read"),
        Common("git:write", "git", "git:write"),
        Common("git maven:read", "git:read:/team maven", "git:read:/team maven:read"),
        Common("git:read:/team", "git:write:/team/app.git", "git:read:/team/app.git"),
        Common("git:/team", "git:/other", nil),
        Common("git:/team", "git:/teams", nil),
        Common("git:read git:write:/team", "git", "git:read git:write:/team"),
        Common("git:read git:write:/team", "git:write:/team/app.git", "git:write:/team/app.git"),
        Common("git:write:/a git:read:/b", "git:read", "git:read:/a git:read:/b"),
        Common("jeton:manage git", "jeton:manage git:read", "git:read"),
        Common("jeton:manage", "jeton:manage", nil),
        Common("jeton:manage", "", nil),
        Common("jeton:manage git", "", "git"),
    ]

    @Test("what two lists of scopes allow both", arguments: common)
    func intersection(row: Common) throws {
        let one = try #require(Scopes(text: row.one))
        let other = try #require(Scopes(text: row.other))
        let both = row.both.flatMap { Scopes(text: $0) }
        #expect(one.intersection(other) == both)
        #expect(other.intersection(one) == both)
        if let both {
            #expect(one.withoutTheDesk?.covers(all: both) == true)
            #expect(other.withoutTheDesk?.covers(all: both) == true)
        }
    }

    @Test("a hundred scopes against a hundred give at most a hundred")
    func many() throws {
        let one = Scopes((0..<100).compactMap { Scope("git:read:/a\($0)") })
        let other = Scopes((0..<100).compactMap { Scope("git:/a\($0 / 2)/b\($0)") })
        guard case .only(let both) = one.intersection(other) else { throw Failed() }
        #expect(both.count == Scopes.limit)
    }

    private struct Failed: Error {}

    @Test("every service covers all lists, and no list covers every service")
    func covering() throws {
        let git = try #require(Scopes(text: "git"))
        #expect(Scopes.everyService.covers(all: git) && Scopes.everyService.covers(all: .everyService))
        #expect(!git.covers(all: .everyService))
        #expect(!git.covers(all: try #require(Scopes(text: "git maven"))))
    }

    @Test(
        "an agent's token ends after 15 minutes, or what is asked for, within the operator's limit and its parent's life"
    )
    func ends() {
        let policy = DelegationPolicy(maxLifetime: .hours(2))
        #expect(policy.end(asked: nil, parent: nil, at: now) == now + .minutes(15))
        #expect(policy.end(asked: .hours(1), parent: nil, at: now) == now + .hours(1))
        #expect(policy.end(asked: .days(9), parent: nil, at: now) == now + .hours(2))
        #expect(policy.end(asked: nil, parent: now + .minutes(1), at: now) == now + .minutes(1))
        let short = DelegationPolicy(maxLifetime: .minutes(5))
        #expect(short.end(asked: nil, parent: nil, at: now) == now + .minutes(5))
    }

    @Test("nobody may act on behalf of people unless the operator says so, and no person ever does")
    func allowed() throws {
        let agent = try account("bot-agent")
        let policy = DelegationPolicy(allowed: [try #require(LoginPattern("bot-*"))])
        #expect(policy.allows(agent))
        #expect(!DelegationPolicy().allows(agent))
        #expect(!policy.allows(try account("ci-agent")))
        #expect(
            !policy.allows(Subject(id: SubjectID(number: 5), login: try Login("bot-alice"), createdAt: now)))
    }

    /// The gate judges each agent in the chain as it now is.
    struct Row: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let denial: Denial?
        let change: @Sendable (inout Subject) -> Void

        init(
            _ says: String, _ denial: Denial?,
            _ change: @escaping @Sendable (inout Subject) -> Void = { _ in }
        ) {
            (testDescription, self.denial, self.change) = (says, denial, change)
        }
    }

    static let rows = [
        Row("an active agent", nil),
        Row("a suspended agent", .agentInactive) { $0.suspendedAt = now - .days(1) },
        Row("an agent that was removed", .agentInactive) { $0.endedAt = now - .days(1) },
        Row("an agent without a steward, in the grace", nil) {
            $0.account?.unattendedSince = now - .days(29)
        },
        Row("an agent without a steward, after the grace", .agentInactive) {
            $0.account?.unattendedSince = now - .days(30)
        },
        Row("an agent that is bound to other addresses", .addressNotAllowed) {
            $0.account?.addresses = [AddressRange("10.0.0.0/8")].compactMap(\.self)
        },
    ]

    @Test("an agent's token is judged by its agents, too", arguments: rows, [0, 1])
    func judged(row: Row, position: Int) throws {
        var agents = [try account("bot-agent"), try account("bot-planner", 8)]
        row.change(&agents[position])
        #expect(try denial(agents) == row.denial)
    }

    @Test("an agent that is not known is refused")
    func unknown() throws {
        #expect(try denial([try account("bot-agent")], ids: [7, 8]) == .agentInactive)
        #expect(Denial.agentInactive.status == 403 && !Denial.agentInactive.countsAsGuess)
    }

    private func denial(_ agents: [Subject], ids: [Int64]? = nil) throws -> Denial? {
        let owner = try alice()
        let actors = ids?.map { SubjectID(number: $0) } ?? agents.map(\.id)
        let token = TokenRecord(
            id: TokenID(number: 9), owner: owner.id, scopes: .everyService, addresses: [], createdAt: now,
            expiresAt: nil, isRevoked: false, actors: actors)
        let holder = Verdict.Holder(token: token, owner: owner, actors: agents)
        let request = ServiceRequest(.read, from: IPAddress("192.0.2.7"))
        return holder.denial(
            login: .nobody, service: Service(name: try ServiceName("git")), request: request, at: now)
    }

    private func account(_ login: String, _ number: Int64 = 7) throws -> Subject {
        Subject(
            id: SubjectID(number: number), login: try Login(login), createdAt: now,
            account: ServiceAccount(purpose: "", owners: ["build"]))
    }
}
