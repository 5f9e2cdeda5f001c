import Ledger
import TestHouse
import Testing
import Tokens

extension LedgerConformance {
    @Suite("Lists of people and service accounts") struct SubjectLists {
        @Test(
            "pages have no gap and no repeat, in every order", arguments: Engine.all, SubjectOrder.allCases)
        func pages(engine: Engine, order: SubjectOrder) async throws {
            try await engine.open { house in
                for index in 0..<12 {
                    let person = try await house.person("p\(index)", name: "Name \(index % 3)")
                    if index % 4 == 0 {
                        _ = try await house.session(of: person, at: .noon + .hours(Int64(index % 8)))
                    }
                    if index % 5 == 4 {
                        try await house.ledger.removePerson(
                            person.id, event: .note(.subjectEnded, about: person))
                    }
                }
                _ = try await house.account("bot-ci", ServiceAccount(purpose: "builds"))
                for state in [nil, SubjectState.removed] {
                    var query = SubjectQuery(.person, state: state, order: order, limit: 3, now: .noon)
                    query.limit = 100
                    let all = try await house.ledger.subjects(query)
                    #expect(all.count == (state == nil ? 10 : 2))
                    #expect(try await house.ledger.count(query) == all.count)
                    query.limit = 3
                    var read: [ListedSubject] = []
                    while true {
                        let page = try await house.ledger.subjects(query)
                        read += page
                        guard page.count == 3, let last = page.last else { break }
                        query.after = SubjectCursor(last.cursor(in: order).text)
                        #expect(query.after != nil)
                    }
                    #expect(read == all)
                }
            }
        }

        @Test("the orders are those of logins, names and sign-ins", arguments: Engine.all)
        func orders(engine: Engine) async throws {
            try await engine.open { house in
                let zora = try await house.person("zora", name: "Ärzte")
                let bob = try await house.person("Bob", name: "bob")
                try await house.person("alice", name: "Zoe")
                _ = try await house.session(of: bob, at: .noon)
                _ = try await house.session(of: zora, at: .noon + .hours(1))
                func logins(_ order: SubjectOrder) async throws -> [String] {
                    try await house.ledger.subjects(SubjectQuery(.person, order: order, now: .noon))
                        .map(\.subject.login.text)
                }
                #expect(try await logins(.login) == ["alice", "Bob", "zora"])
                #expect(try await logins(.name) == ["Bob", "alice", "zora"])
                #expect(try await logins(.lastSignIn) == ["zora", "Bob", "alice"])
            }
        }

        @Test("people are found by login, name or e-mail address, and by their state", arguments: Engine.all)
        func filters(engine: Engine) async throws {
            try await engine.open { house in
                try await house.administrator("root")
                try await house.person("zora", name: "Ärzte_100%", email: "z@example.org")
                let off = try await house.person("off")
                try await house.ledger.suspend(off.id, since: .noon, event: .note(.subjectSuspended))
                var (gone, provision) = try await house.provisioned("gone")
                provision.isActive = false
                gone = try await house.ledger.update(
                    gone.id, at: 1, to: provision, events: [.note(.subjectDeactivated)]
                ).subject
                let sleeper = Subject(
                    id: .next(at: .noon), login: try Login("sleeper"), createdAt: .noon,
                    lastSignInAt: .noon - .days(40))
                try await house.ledger.add(sleeper, event: .note(.subjectAdded))
                _ = try await house.session(of: sleeper)
                func found(_ search: String? = nil, _ state: SubjectState? = nil) async throws -> [String] {
                    let query = SubjectQuery(
                        .person, search: search, state: state, now: .noon, dormantSince: .noon - .days(30))
                    let found = try await house.ledger.subjects(query)
                    #expect(try await house.ledger.count(query) == found.count)
                    return found.map(\.subject.login.text)
                }
                #expect(try await found("äRZTE") == ["zora"])
                #expect(try await found("EXAMPLE.org") == ["zora"])
                #expect(try await found("%") == ["zora"])
                #expect(try await found("o", .active) == ["root", "zora"])
                #expect(try await found(nil, .suspended) == ["off"])
                #expect(try await found(nil, .deactivated) == [gone.login.text])
                #expect(try await found(nil, .dormant) == ["sleeper"])
                #expect(try await found(nil, .administrator) == ["root"])
                #expect(try await found(nil, .neverSignedIn) == ["gone", "off", "root", "zora"])
                #expect(try await found(nil, .unattended) == [])
                #expect(try await found(nil, .removed) == [])
            }
        }

        @Test("tokens that work are counted, with the latest use of one", arguments: Engine.all)
        func tokens(engine: Engine) async throws {
            try await engine.open { house in
                let (alice, bob) = (try await house.person("alice"), try await house.person("bob"))
                let used = try await house.token("used", of: alice)
                let later = try await house.token("later", of: alice)
                try await house.token("brief", of: alice, expires: .noon + .hours(1))
                let dead = try await house.token("dead", of: alice)
                try await house.revoke(dead, at: .noon)
                func use(_ token: Token, at moment: Timestamp, _ service: String) -> Use {
                    Use(
                        secret: token.secret, service: service, address: "192.0.2.1", client: "curl",
                        lastAt: moment, count: 1)
                }
                try await house.ledger.record([
                    use(used, at: .noon, "git"), use(later, at: .noon + .hours(1), "maven"),
                    use(dead, at: .noon + .hours(2), "npm"),
                ])
                let rows = try await house.ledger.subjects(SubjectQuery(.person, now: .noon))
                #expect(rows.map(\.subject) == [alice, bob])
                #expect(rows.map(\.tokens) == [3, 0])
                #expect(rows.map { $0.lastUse?.service } == ["maven", nil])
                #expect(rows[0].lastUse?.secret == later.secret)
                let afterwards = SubjectQuery(.person, now: .noon + .hours(1))
                #expect(try await house.ledger.subjects(afterwards).map(\.tokens) == [2, 0])
                // Nobody's number depends on who else is on the page.
                var one = afterwards
                one.limit = 1
                #expect(try await house.ledger.subjects(one).map(\.tokens) == [2])
                one.limit = 0
                #expect(try await house.ledger.subjects(one).isEmpty)
            }
        }

        @Test("service accounts are listed apart, with their stewards", arguments: Engine.all)
        func accounts(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice", groups: ["build", "a:b,c"])
                let bob = try await house.person("bob", groups: ["builders"])
                let off = try await house.person("off", groups: ["build"])
                try await house.ledger.suspend(off.id, since: .noon, event: .note(.subjectSuspended))
                let ci = try await house.account("bot-ci", ServiceAccount(purpose: "", owners: ["build"]))
                let named = try await house.account(
                    "bot-b", ServiceAccount(purpose: "", owners: ["c"], stewards: [bob.id, off.id]))
                let nobody = try await house.account("bot-n", ServiceAccount(purpose: "", owners: ["none"]))
                try await house.token(of: ci)
                let query = SubjectQuery(.account, now: .noon)
                let rows = try await house.ledger.subjects(query)
                #expect(rows.map(\.subject.id) == [named.id, ci.id, nobody.id])
                #expect(rows.map(\.tokens) == [0, 1, 0])
                var unattended = query
                unattended.state = .unattended
                #expect(try await house.ledger.subjects(unattended).map(\.subject.id) == [nobody.id])
                unattended.state = .active
                #expect(try await house.ledger.count(unattended) == 2)
                let subjects = rows.map(\.subject)
                #expect(try await house.ledger.stewards(of: subjects).map(\.id) == [alice.id, bob.id])
                #expect(try await house.ledger.stewards(of: [ci]).map(\.id) == [alice.id])
                #expect(try await house.ledger.stewards(of: [nobody]).isEmpty)
                #expect(try await house.ledger.stewards(of: []).isEmpty)
            }
        }
    }
}
