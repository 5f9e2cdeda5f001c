import Ledger
import Sodium
import TestHouse
import Testing
import Tokens

/// What every engine must do, written against the protocol.
@Suite("Every ledger") enum LedgerConformance {}

extension LedgerConformance {
    @Suite("Tokens") struct Tokens {
        @Test("a token is read as it was written", arguments: Engine.all)
        func roundTrip(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let origins: [Token.Origin] = [.desk, .commandLine, .token(.next(at: .noon))]
                let scopes = [
                    Scopes.everyService,
                    try #require(Scopes(text: "git:read:/a%20b/c git:read jeton:manage maven")),
                ]
                let addresses = [
                    [], ["10.0.0.0/8", "2001:db8::/32", "192.0.2.1"].compactMap { AddressRange($0) },
                ]
                for (index, origin) in origins.enumerated() {
                    let token = Token(
                        id: .next(at: .noon), owner: alice.id, name: try TokenName("Ünï “\(index)” '%_\\"),
                        scopes: scopes[index % 2], addresses: addresses[index % 2], createdAt: .noon,
                        origin: origin,
                        expiresAt: index == 0 ? nil : .noon + .days(1))
                    let digest = TokenDigest.fresh()
                    #expect(try await house.ledger.token(digest) == nil)
                    try await house.ledger.add(token, digest: digest, event: .created(token))
                    #expect(try await house.ledger.token(token.id) == token)
                    #expect(try await house.ledger.token(digest)?.token == token)
                    #expect(house.notified.records.last == token.record)
                }
                #expect(
                    try await house.ledger.tokens(TokenQuery(now: .noon)).map(\.token.addresses) == [
                        addresses[0], addresses[1], addresses[0],
                    ])
                #expect(try await house.ledger.token(.next(at: .noon)) == nil)
            }
        }

        @Test("an active token's name is taken, regardless of case or composition", arguments: Engine.all)
        func nameTaken(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let bob = try await house.person("bob")
                try await house.token("Café", of: alice, expires: .noon + .hours(1))
                for name in ["Café", "CAFÉ", "cafe\u{301}"] {
                    try await expect(.nameTaken, in: house) {
                        try await house.token(name, of: alice, at: .noon + .minutes(59))
                    }
                }
                try await house.token("Café", of: bob)
                try await house.token("Cafe", of: alice)
            }
        }

        @Test("a name is free again after revoking, expiry and regenerating", arguments: Engine.all)
        func nameReuse(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let first = try await house.token(of: alice)
                try await house.revoke(first, at: .noon)
                let second = try await house.token(of: alice, expires: .noon + .hours(1))
                let third = try await house.token(of: alice, at: .noon + .hours(1))
                let fourth = try await house.regenerate(
                    third, of: alice, at: .noon + .hours(2), oldEnds: .noon + .hours(9))
                try await expect(.nameTaken, in: house) {
                    try await house.token(of: alice, at: .noon + .hours(3))
                }
                try await house.revoke(fourth, at: .noon + .hours(3))
                // The third still works, but its successor has taken and released the name.
                try await house.token(of: alice, at: .noon + .hours(4))
                #expect(try await house.ledger.token(second.id)?.revocation == nil)
            }
        }

        @Test("the number of a subject's active tokens is limited", arguments: Engine.all)
        func tooMany(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for index in 0..<LedgerLimits.activeTokensPerSubject {
                        group.addTask {
                            try await house.token(
                                "t\(index)", of: alice, expires: index == 0 ? .noon + .days(1) : nil)
                        }
                    }
                    try await group.waitForAll()
                }
                try await expect(.tooManyTokens, in: house) { try await house.token("one more", of: alice) }
                try await house.token("one more", of: alice, at: .noon + .days(1))
                let bob = try await house.person("bob")
                try await house.token("his own", of: bob)
            }
        }

        @Test("of 64 tokens created with one name at once exactly one gets it", arguments: Engine.all)
        func oneNameOneWinner(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let outcomes = await withTaskGroup(of: Result<Token, any Error>.self) { group in
                    for _ in 0..<64 {
                        group.addTask {
                            do { return .success(try await house.token(of: alice)) } catch {
                                return .failure(error)
                            }
                        }
                    }
                    return await group.reduce(into: []) { $0.append($1) }
                }
                let winners = outcomes.compactMap { try? $0.get() }
                #expect(winners.count == 1)
                for case .failure(let error) in outcomes { #expect(error as? LedgerError == .nameTaken) }
                #expect(house.notified.records == winners.map(\.record))
                #expect(
                    try await house.events().filter { $0.kind == .tokenCreated }.map(\.token)
                        == winners.map(\.id))
            }
        }

        @Test("of 32 tokens created at once, a person gets as many as the rules allow", arguments: Engine.all)
        func limits(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let git = try ServiceName("git")
                let limits = [TokenCountLimit(most: 5), TokenCountLimit(service: git, most: 3)]
                let refusals = await withTaskGroup(of: LedgerError?.self) { group in
                    for index in 0..<32 {
                        group.addTask {
                            await house.refusal("t\(index)", of: alice, for: git, within: limits)
                        }
                    }
                    return await group.reduce(into: []) { $0.append($1) }
                }
                #expect(refusals.count { $0 == nil } == 3)
                #expect(refusals.count { $0 == .limitReached(limits[1]) } == 29)
                let maven = try ServiceName("maven")
                #expect(await house.refusal("fourth", of: alice, for: maven, within: [limits[0]]) == nil)
                #expect(await house.refusal("fifth", of: alice, for: maven, within: [limits[0]]) == nil)
                #expect(
                    await house.refusal("sixth", of: alice, for: maven, within: [limits[0]])
                        == .limitReached(limits[0]))
                let bob = try await house.person("bob")
                #expect(await house.refusal("his", of: bob, for: git, within: limits) == nil)
            }
        }

        @Test("a digest is unique", arguments: Engine.all)
        func digestOnce(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let digest = TokenDigest.fresh()
                let first = try Token.made("first", of: alice)
                try await house.ledger.add(first, digest: digest, event: .created(first))
                let second = try Token.made("second", of: alice)
                await #expect(throws: LedgerError.self) {
                    try await house.ledger.add(second, digest: digest, event: .created(second))
                }
                #expect(try await house.ledger.token(second.id) == nil)
            }
        }

        @Test("a token without an owner is refused", arguments: Engine.all)
        func noOwner(engine: Engine) async throws {
            try await engine.open { house in
                let stranger = Subject(id: .next(at: .noon), login: try Login("mallory"), createdAt: .noon)
                try await expect(.noSuchSubject, in: house) { try await house.token(of: stranger) }
            }
        }

        @Test("a revocation is notified and kept, and happens once", arguments: Engine.all)
        func revoke(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let token = try await house.token(of: alice)
                let revoked = try await house.revoke(token, at: .noon + .hours(1), by: .byAdministrator)
                #expect(
                    revoked.revocation
                        == Token.Revocation(at: .noon + .hours(1), by: alice.id, reason: .byAdministrator))
                #expect(try await house.ledger.token(token.id) == revoked)
                #expect(house.notified.records == [token, revoked].map(\.record))
                let again = try await house.revoke(token, at: .noon + .hours(2), by: .byItself)
                #expect(again == revoked)
                #expect(
                    try await house.events().filter { $0.kind == .tokenRevoked }.map(\.at) == [
                        .noon + .hours(1)
                    ])
                let unknown = try Token.made("gone", of: alice)
                try await expect(.noSuchToken, in: house) { try await house.revoke(unknown, at: .noon) }
            }
        }
    }
}

extension House {
    /// Adds a token that may read at a service. Returns why it was refused, if it was.
    fileprivate func refusal(
        _ name: String, of owner: Subject, for service: ServiceName, within limits: [TokenCountLimit]
    ) async -> LedgerError? {
        do {
            let token = Token(
                id: .next(at: .noon), owner: owner.id, name: try TokenName(name),
                scopes: .only([.service(service, .read)]), createdAt: .noon, origin: .desk)
            try await ledger.add(token, digest: .fresh(), within: limits, event: .created(token))
            return nil
        } catch {
            return error as? LedgerError
        }
    }
}
