import Ledger
import Sodium
import Synchronization
import TestHouse
import Testing
import TokenIndex
import Tokens

extension LedgerConformance {
    @Suite("Events") struct Events {
        @Test("an event is read as it was written", arguments: Engine.all)
        func roundTrip(engine: Engine) async throws {
            try await engine.open { house in
                for kind in Event.Kind.allCases {
                    let event = Event(
                        id: .next(at: .noon), kind, at: .noon, actor: .next(at: .noon), by: .next(at: .noon),
                        subject: .next(at: .noon),
                        token: .next(at: .noon),
                        address: "2001:db8::1", detail: "“\(kind)”\n")
                    try await house.ledger.add(event)
                    #expect(try await house.events().contains(event))
                }
                let bare = Event.note(at: .noon + .hours(1))
                try await house.ledger.add(bare)
                #expect(try await house.events().first == bare)
                #expect(house.notified.changes.isEmpty)
            }
        }

        @Test(
            "events are listed newest first, in pages, about everybody or one subject", arguments: Engine.all)
        func pages(engine: Engine) async throws {
            try await engine.open { house in
                let (alice, bob) = (try await house.person("alice"), try await house.person("bob"))
                var made: [Event] = []
                for index in 0..<20 {
                    let about = index.isMultiple(of: 2) ? alice : bob
                    made.append(.note(at: .noon + .seconds(Int64(index + 1)), about: about))
                    try await house.ledger.add(made[index])
                }
                func pages(about subject: SubjectID?, of size: Int) async throws -> [Event] {
                    var read: [Event] = []
                    while true {
                        let page = try await house.ledger.events(
                            about: subject, before: read.last?.id, limit: size)
                        #expect(page.count <= size)
                        if page.isEmpty { return read }
                        read += page
                    }
                }
                #expect(try await pages(about: nil, of: 7).prefix(20) == made.reversed()[...])
                let alices = made.reversed().filter { $0.subject == alice.id }
                #expect(try await pages(about: alice.id, of: 3).dropLast() == alices[...])
                #expect(try await house.ledger.events(about: nil, before: nil, limit: 0).isEmpty)
            }
        }

        @Test("events about a token include those of its former identifiers", arguments: Engine.all)
        func ofToken(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let other = try await house.token("other", of: alice)
                let token = try await house.token(of: alice)
                let renamed = try await house.regenerate(
                    token, of: alice, at: .noon + .hours(1), oldEnds: .noon + .days(1))
                let rotated = try await house.rotate(
                    renamed, of: alice, at: .noon + .days(2), previousEnds: .noon + .days(2))
                try await house.revoke(rotated, at: .noon + .days(3))
                func kinds(_ wanted: Set<Event.Kind> = [], limit: Int = 10) async throws -> [Event.Kind] {
                    try await house.ledger.events(of: renamed.id, kinds: wanted, before: nil, limit: limit)
                        .map(\.kind)
                }
                #expect(
                    try await kinds() == [.tokenRevoked, .tokenRotated, .tokenRegenerated, .tokenCreated])
                #expect(try await kinds([.tokenRotated, .tokenCreated]) == [.tokenRotated, .tokenCreated])
                #expect(try await kinds(limit: 1) == [.tokenRevoked])
                #expect(try await kinds(limit: 0).isEmpty)
                let all = try await house.ledger.events(of: renamed.id, kinds: [], before: nil, limit: 10)
                let rest = try await house.ledger.events(
                    of: renamed.id, kinds: [], before: all[1].id, limit: 10)
                #expect(rest == Array(all.dropFirst(2)))
                #expect(
                    try await house.ledger.events(of: other.id, kinds: [], before: nil, limit: 10).map(\.kind)
                        == [.tokenCreated])
            }
        }
    }

    @Suite("Notifying the gate") struct Observing {
        @Test("the observer is notified before the caller resumes", arguments: Engine.all)
        func beforeReturn(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for index in 0..<32 {
                        group.addTask {
                            let token = try await house.token("t\(index)", of: alice)
                            #expect(house.notified.records.contains(token.record))
                            let revoked = try await house.revoke(token, at: .noon)
                            #expect(house.notified.records.contains(revoked.record))
                        }
                    }
                    try await group.waitForAll()
                }
            }
        }

        @Test("changes are notified in their order", arguments: Engine.all)
        func order(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let names = (0..<8).map { "t\($0)" }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for name in names {
                        group.addTask {
                            var token = try await house.token(name, of: alice)
                            for _ in 0..<4 {
                                token = try await house.rotate(
                                    token, of: alice, at: .noon, previousEnds: .noon)
                            }
                        }
                        group.addTask {
                            // Changes of the others that finish in between are notified in between.
                            let mallory = try await house.person("\(name)-x")
                            var changed = mallory
                            changed.suspendedAt = .noon
                            try await house.ledger.update(changed, event: .note(.subjectSuspended))
                        }
                    }
                    try await group.waitForAll()
                }
                // Applying them one after the other leads to the ledger's state.
                let replayed = Replay(house.notified.changes)
                #expect(replayed == Replay(try await house.loaded()))
                #expect(replayed.tokens.count == names.count * 5)
            }
        }

        @Test("loading reads subjects, then tokens, exactly as they are", arguments: Engine.all)
        func load(engine: Engine) async throws {
            try await engine.open { house in
                var nothing = Loaded()
                nothing.announced = 0
                nothing.hasEnded = true
                #expect(try await house.loaded() == nothing)
                let people = [try await house.person("alice"), try await house.person("bob")]
                for (index, person) in people.enumerated() {
                    try await house.token("kept", of: person, expires: .noon + .hours(1))
                    let revoked = try await house.token("revoked", of: person)
                    try await house.revoke(revoked, at: .noon)
                    let old = try await house.token("old", of: person)
                    try await house.regenerate(
                        old, of: person, at: .noon, oldEnds: .noon + .days(Int64(index)))
                }
                let loaded = try await house.loaded()
                #expect(loaded.subjects.count == 2)
                #expect(loaded.tokens.count == 8)
                #expect(loaded.announced == 8)
                #expect(loaded.hasEnded)
                #expect(Replay(loaded) == Replay(house.notified.changes))
            }
        }

        @Test(
            "an index that is loaded during changes ends equal to the ledger",
            arguments: Engine.all)
        func loadWhileWriting(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let bob = try await house.person("bob")
                for index in 0..<50 { try await house.token("t\(index)", of: index < 25 ? alice : bob) }
                let tokens = try await house.ledger.tokens(TokenQuery(now: .noon)).map(\.token)
                let indexes = try await withThrowingTaskGroup(of: TokenIndex?.self) { group in
                    for (number, token) in tokens.enumerated() {
                        group.addTask {
                            try await house.revoke(token, at: .noon)
                            try await house.token("new \(number)", of: alice)
                            return nil
                        }
                    }
                    group.addTask {
                        try await house.ledger.suspend(
                            bob.id, since: .noon, event: .note(.subjectSuspended, about: bob))
                        try await house.ledger.setSignInPolicy(
                            every: .days(30), event: .note(.signInPolicyChanged, at: .noon))
                        try await house.ledger.setTokenPolicy(
                            .strict, event: .note(.tokenPolicyChanged, at: .noon))
                        return nil
                    }
                    for _ in 0..<8 {
                        group.addTask {
                            let index = TokenIndex(whole: false)
                            house.notified.tell(index)
                            try await house.ledger.load(into: index)
                            return index
                        }
                    }
                    return try await group.reduce(into: [TokenIndex]()) { $0 += $1.map { [$0] } ?? [] }
                }
                try await check(indexes, against: house)
            }
        }

        private func check(_ indexes: [TokenIndex], against house: House) async throws {
            let loaded = try await house.loaded()
            let owners = Dictionary(uniqueKeysWithValues: loaded.subjects.map { ($0.id, $0) })
            #expect(
                indexes.count == 8 && loaded.tokens.count == 100 && loaded.policy != nil
                    && loaded.rules == .strict)
            for index in indexes {
                #expect(index.count == 100 && index.progress.isWhole)
                for (digest, record) in loaded.tokens {
                    let owner = try #require(owners[record.owner])
                    let holder = Verdict.Holder(
                        token: record.indexed, owner: owner,
                        policies: Policies(signIn: loaded.policy, tokens: loaded.rules))
                    #expect(index.known(digest) == .kept(holder))
                }
                #expect(index.known(.fresh()) == .unknown)
            }
        }
    }
}

/// The state after applying changes one after the other.
struct Replay: Equatable {
    var subjects: [SubjectID: Subject] = [:]
    var tokens: [TokenDigest: TokenRecord] = [:]

    init(_ loaded: Loaded) {
        for subject in loaded.subjects { subjects[subject.id] = subject }
        for (digest, record) in loaded.tokens { tokens[digest] = record }
    }

    init(_ changes: [Change]) {
        for change in changes {
            switch change {
            case .subject(let subject): subjects[subject.id] = subject
            case .secret(let record, let digest): tokens[digest] = record
            case .signInPolicy, .tokenPolicy, .password, .decoy: break
            }
        }
    }
}
