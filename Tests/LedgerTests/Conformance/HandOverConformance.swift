import Ledger
import TestHouse
import Testing
import TokenIndex
import Tokens

extension LedgerConformance {
    @Suite("Tokens that are handed over") struct HandOvers {
        @Test(
            "every secret that works, and what was exchanged for it, goes to the account",
            arguments: Engine.all)
        func whole(engine: Engine) async throws {
            try await engine.open { house in
                let (alice, ci) = try await house.aliceAndAccount()
                let token = try await house.token(of: alice)
                let first = try await house.rotate(token, of: alice, at: .noon, previousEnds: .noon)
                let child = try await house.exchange(for: first)
                let second = try await house.rotate(
                    first, of: alice, at: .noon, previousEnds: .noon + .days(7))
                let other = try await house.token("other", of: alice)
                house.notified.forget()
                let moment = Timestamp.noon + .hours(1)
                let handed = try await house.handOver(second, to: ci, scopes: "git:read", at: moment)
                let mark = HandOver(from: alice.id, at: moment)
                #expect(handed.owner == ci.id && handed.handOver == mark && handed.id == token.id)
                #expect(handed.scopes == Scopes(text: "git:read") && handed.name == token.name)
                #expect(try await house.ledger.token(token.id) == handed)
                #expect(try await house.ledger.token(child.id)?.owner == ci.id)
                #expect(try await house.ledger.token(child.id)?.handOver == mark)
                #expect(try await house.ledger.token(other.id) == other)
                let records = house.notified.records
                #expect(
                    Set(records.map(\.secret)) == [token.secret, first.secret, second.secret, child.secret])
                #expect(records.allSatisfy { $0.owner == ci.id && $0.scopes == handed.scopes })
                for record in records {
                    #expect(record.handOver == (record.secret == token.secret ? nil : mark))
                }
                let loaded = try await house.loaded().records
                #expect(Set(loaded) == Set(records + [other.record]))
                let event = try #require(try await house.events().first)
                #expect(event.kind == .tokenHandedOver)
                #expect(
                    try await house.ledger.events(of: token.id, kinds: [], before: nil, limit: 9).count >= 3)
                let query = TokenQuery(owner: ci.id, states: [.active], now: moment)
                #expect(try await Set(house.ledger.tokens(query).map(\.token.id)) == [token.id, child.id])
            }
        }

        @Test("a new secret has no mark, and the previous one keeps it", arguments: Engine.all)
        func rotated(engine: Engine) async throws {
            try await engine.open { house in
                let (alice, ci) = try await house.aliceAndAccount()
                let token = try await house.token(of: alice)
                let handed = try await house.handOver(token, to: ci)
                let rotated = try await house.rotate(
                    handed, of: ci, at: .noon, previousEnds: .noon + .days(1))
                #expect(rotated.handOver == nil && rotated.owner == ci.id)
                #expect(try await house.ledger.token(token.id) == rotated)
                let index = TokenIndex(whole: false)
                try await house.ledger.load(into: index)
                let loaded = try await house.loaded()
                for (digest, record) in loaded.tokens {
                    let isOld = record.secret == token.secret
                    #expect(record.handOver == (isOld ? HandOver(from: alice.id, at: .noon) : nil))
                    guard case .kept(let holder) = index.known(digest) else {
                        Issue.record("not known")
                        continue
                    }
                    #expect(holder.formerOwner == (isOld ? alice : nil))
                    #expect(holder.owner == ci && holder.token == record)
                }
            }
        }

        @Test("what cannot be handed over is refused, and nothing changes", arguments: Engine.all)
        func refused(engine: Engine) async throws {
            try await engine.open { house in
                let (alice, ci) = try await house.aliceAndAccount()
                let bob = try await house.person("bob")
                let token = try await house.token(of: alice)
                try await house.token("taken", of: ci)
                let child = try await house.exchange(for: token)
                try await expect(.nameTaken, in: house) {
                    try await house.handOver(token, to: ci, name: "Taken")
                }
                try await expect(.noSuchSubject, in: house) { try await house.handOver(token, to: bob) }
                try await expect(.notActive, in: house) { try await house.handOver(child, to: ci) }
                var widened = token
                widened.scopes = try #require(Scopes(text: "git"))
                try await expect(.changedMeanwhile, in: house) { try await house.handOver(widened, to: ci) }
                let expired = try await house.token("old", of: alice, expires: .noon + .hours(1))
                try await expect(.notActive, in: house) {
                    try await house.handOver(expired, to: ci, at: .noon + .hours(1))
                }
                let handed = try await house.handOver(token, to: ci, name: "free")
                #expect(handed.name.text == "free")
                // It is the account's now, and stays so; its name is free for the former owner.
                try await expect(.changedMeanwhile, in: house) { try await house.handOver(token, to: ci) }
                try await expect(.noSuchSubject, in: house) {
                    try await house.handOver(handed, to: ci, name: "again")
                }
                try await house.token(token.name.text, of: alice)
                try await house.ledger.remove(ci.id, event: .note(.subjectEnded, about: ci))
                try await expect(.notActive, in: house) { try await house.handOver(handed, to: ci) }
                let another = try await house.token("another", of: alice)
                try await expect(.noSuchSubject, in: house) { try await house.handOver(another, to: ci) }
            }
        }

        @Test("when the former owner leaves, an event says so once for each time", arguments: Engine.all)
        func left(engine: Engine) async throws {
            try await engine.open { house in
                let ledger = house.ledger
                let (alice, ci) = try await house.aliceAndAccount()
                let token = try await house.token(of: alice)
                let rotated = try await house.token("rotated", of: alice)
                let revoked = try await house.token("revoked", of: alice)
                for token in [token, rotated, revoked] { try await house.handOver(token, to: ci) }
                try await house.rotate(rotated, of: ci, at: .noon, previousEnds: .noon + .days(1))
                try await ledger.revoke(
                    revoked.id, .init(at: .noon, by: nil, reason: .byOwner), event: .note(.tokenRevoked))
                func noticed() async throws -> [Event] {
                    try await house.events().filter { $0.kind == .rotationDue }
                }
                func suspend(at moment: Timestamp?, _ event: Timestamp) async throws {
                    try await ledger.suspend(
                        alice.id, since: moment,
                        event: .note(moment == nil ? .subjectResumed : .subjectSuspended, at: event))
                }
                #expect(try await noticed().isEmpty)
                let first = Timestamp.noon + .hours(1)
                try await suspend(at: first, first)
                let event = try #require(try await noticed().first)
                #expect(event.token == token.id && event.subject == ci.id && event.at == first)
                #expect(event.detail == "CI, known to alice, by \((first + .days(30)).rfc3339)")
                // Other changes of the person tell nothing new.
                try await ledger.changeGroups(
                    of: alice.id, adding: ["dev"], removing: [],
                    event: .note(.subjectGroupsChanged, at: first + .hours(1)))
                #expect(try await noticed().count == 1)
                try await suspend(at: nil, first + .hours(2))
                #expect(try await noticed().count == 1)
                try await suspend(at: first + .hours(3), first + .hours(3))
                #expect(try await noticed().map(\.token) == [token.id, token.id])
                // The token of somebody who has left needs a new secret from the beginning.
                let later = try await house.token("later", of: alice)
                try await house.handOver(later, to: ci, at: first + .hours(4))
                let last = try #require(try await noticed().first)
                #expect(last.token == later.id)
                #expect(last.detail.hasSuffix("by \((first + .hours(4) + .days(30)).rfc3339)"))
            }
        }

        @Test("handing over, revoking and rotating at once happen in some order", arguments: Engine.all)
        func race(engine: Engine) async throws {
            try await engine.open { house in
                let (alice, ci) = try await house.aliceAndAccount()
                for round in 0..<8 {
                    let token = try await house.token("CI \(round)", of: alice)
                    async let handed = succeeds { try await house.handOver(token, to: ci) }
                    async let rotated = succeeds {
                        try await house.rotate(token, of: alice, at: .noon, previousEnds: .noon + .days(1))
                    }
                    async let revoked = succeeds {
                        try await house.ledger.revoke(
                            token.id, .init(at: .noon, by: alice.id, reason: .byOwner),
                            event: .note(.tokenRevoked, about: alice))
                    }
                    let (wasHanded, wasRotated, wasRevoked) = try await (handed, rotated, revoked)
                    #expect(wasRevoked)
                    let rows = try await house.loaded().records.filter { $0.id == token.id }
                    #expect(rows.count == (wasRotated ? 2 : 1))
                    #expect(rows.allSatisfy { $0.isRevoked })
                    #expect(rows.allSatisfy { $0.owner == (wasHanded ? ci.id : alice.id) })
                }
            }
        }

        @Test("with a steward's consent, the token and the request change together", arguments: Engine.all)
        func consent(engine: Engine) async throws {
            try await engine.open { house in
                let ci = try await house.aliceAndAccount().account
                let bob = try await house.person("bob")
                let token = try await house.token("“CI”, 3:x", of: bob)
                let scopes = try #require(Scopes(text: "git:write:/team/app.git maven"))
                let request = TokenRequest(
                    id: .next(at: .noon), requester: bob.id, owner: ci.id,
                    content: .handOver(RequestedHandOver(token: token.id, name: token.name, scopes: scopes)),
                    reason: "I leave", createdAt: .noon)
                try await house.ledger.add(request, event: .note(.tokenRequested, about: ci))
                #expect(try await house.ledger.request(request.id) == request)
                let approved = try await house.decide(request, by: nil)
                #expect(approved.content == request.content)
                func handOver(_ known: Token, saying error: LedgerError? = nil) async throws -> Token {
                    try await house.ledger.handOver(
                        HandingOver(of: known, to: ci.id, name: known.name, scopes: scopes, at: .noon),
                        event: .note(.tokenHandedOver, about: ci), for: request.id
                    ) { request throws(LedgerError) in
                        if let error { throw error }
                        do throws(RequestRefusal) {
                            try request.use(for: known.id, by: bob, under: Requests.approvers, at: .noon)
                        } catch {
                            throw .notActive
                        }
                        return []
                    }
                }
                // Neither changes where the other cannot.
                try await expect(.changedMeanwhile, in: house) {
                    _ = try await handOver(token, saying: .changedMeanwhile)
                }
                #expect(try await house.ledger.token(token.id) == token)
                var other = token
                other.scopes = .only([])
                try await expect(.changedMeanwhile, in: house) { _ = try await handOver(other) }
                #expect(try await house.ledger.request(request.id) == approved)
                #expect(try await handOver(token).owner == ci.id)
                #expect(try await house.ledger.request(request.id)?.stage == .used)
            }
        }

        private func succeeds(_ body: () async throws -> some Any) async throws -> Bool {
            do {
                _ = try await body()
                return true
            } catch let error as LedgerError where error == .notActive || error == .changedMeanwhile {
                return false
            }
        }
    }
}

extension House {
    func aliceAndAccount() async throws -> (alice: Subject, account: Subject) {
        let alice = try await person("alice")
        let account = try await account("bot-ci", ServiceAccount(purpose: "", stewards: [alice.id]))
        return (alice, account)
    }

    @discardableResult
    func handOver(
        _ token: Token, to account: Subject, name: String? = nil, scopes: String = "git",
        at moment: Timestamp = .noon
    ) async throws -> Token {
        try await ledger.handOver(
            HandingOver(
                of: token, to: account.id, name: try name.map { try TokenName($0) },
                scopes: try #require(Scopes(text: scopes)), at: moment),
            event: Event(
                id: .next(at: moment), .tokenHandedOver, at: moment, actor: token.owner, subject: token.owner,
                token: token.id))
    }
}
