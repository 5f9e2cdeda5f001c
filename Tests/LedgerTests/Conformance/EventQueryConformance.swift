import Ledger
import TestHouse
import Testing
import Tokens

extension LedgerConformance {
    @Suite("Finding events") struct FindingEvents {
        /// Adds events about alice and bob, and returns them with the newest last.
        private func fill(_ house: House) async throws -> (alice: Subject, bob: Subject, events: [Event]) {
            let (alice, bob) = (
                try await house.person("alice", name: "Ärger Example"), try await house.person("bob")
            )
            let token = TokenID.next(at: .noon)
            let kinds: [Event.Kind] = [.tokenCreated, .tokenRevoked, .signedIn]
            var events: [Event] = []
            for index in 0..<60 {
                let who = index.isMultiple(of: 2) ? alice : bob
                events.append(
                    Event(
                        id: .next(at: .noon + .minutes(Int64(index + 1))), kinds[index % 3],
                        at: .noon + .minutes(Int64(index + 1)), actor: who.id,
                        subject: index.isMultiple(of: 5) ? alice.id : nil,
                        token: index.isMultiple(of: 4) ? token : nil, address: "192.0.2.\(index % 4)",
                        detail: index.isMultiple(of: 7) ? "Überall: MAVEN" : "plain ÄöÜ"))
                try await house.ledger.add(events[index])
            }
            return (alice, bob, events)
        }

        /// All events of a query, read in pages, in both orders.
        private func read(_ query: EventQuery, _ house: House) async throws -> [Event] {
            var (query, all) = (query, [[Event]]())
            for isNewestFirst in [false, true] {
                var (found, cursor) = ([Event](), EventID?.none)
                while true {
                    query.order = isNewestFirst ? .newestFirst(before: cursor) : .oldestFirst(after: cursor)
                    let page = try await house.ledger.events(query)
                    #expect(page.events.count <= query.limit)
                    found += page.events
                    cursor = page.cursor
                    if page.isAtEnd { break }
                }
                all.append(isNewestFirst ? found.reversed() : found)
            }
            #expect(all[0] == all[1])
            return all[0]
        }

        @Test("each condition finds its events, in pages of any size and in both orders", arguments: Engine.all)
        func conditions(engine: Engine) async throws {
            try await engine.open { house in
                let (alice, bob, events) = try await fill(house)
                func check(
                    _ change: (inout EventQuery) -> Void, _ isMatch: (Event) -> Bool,
                    _ location: SourceLocation = #_sourceLocation
                ) async throws {
                    for limit in [1, 7, 100] {
                        var query = EventQuery(limit: limit)
                        change(&query)
                        // Those of adding the two people come first.
                        let found = try await read(query, house).filter { $0.kind != .subjectAdded }
                        let expected = events.filter(isMatch)
                        #expect(!expected.isEmpty && found == expected, sourceLocation: location)
                    }
                }
                let (from, until) = (Timestamp.noon + .minutes(10), Timestamp.noon + .minutes(20))
                try await check({ _ in }, { _ in true })
                try await check({ $0.kinds = [.signedIn] }, { $0.kind == .signedIn })
                try await check(
                    { $0.kinds = [.signedIn, .tokenRevoked, .passwordSet] },
                    { [.signedIn, .tokenRevoked].contains($0.kind) })
                try await check({ $0.subject = alice.id }, { $0.subject == alice.id })
                try await check({ $0.actor = bob.id }, { $0.actor == bob.id })
                try await check(
                    { $0.person = alice.id }, { $0.actor == alice.id || $0.subject == alice.id })
                try await check({ $0.token = events[0].token }, { $0.token != nil })
                try await check({ $0.address = "192.0.2.1" }, { $0.address == "192.0.2.1" })
                try await check({ $0.from = from }, { $0.at >= from })
                try await check(
                    { ($0.from, $0.until) = (from, until) }, { $0.at >= from && $0.at < until })
                try await check({ $0.text = "maven" }, { $0.detail.contains("MAVEN") })
                try await check({ $0.text = "üBERALL" }, { $0.detail.contains("MAVEN") })
                try await check({ $0.text = "äöü" }, { !$0.detail.contains("MAVEN") })
                try await check({ $0.text = "2.0.2.3" }, { $0.address == "192.0.2.3" })
                try await check({ $0.text = "BOB" }, { $0.actor == bob.id })
                try await check(
                    { $0.text = "ärger ex" }, { $0.actor == alice.id || $0.subject == alice.id })
                try await check({ $0.text = events[0].token?.text }, { $0.token != nil })
                try await check({ $0.text = events[9].id.text }, { $0.id == events[9].id })
                try await check(
                    { ($0.person, $0.kinds, $0.text, $0.until) = (bob.id, [.tokenRevoked], "plain", until) },
                    {
                        $0.actor == bob.id && $0.kind == .tokenRevoked && $0.detail.contains("plain")
                            && $0.at < until
                    })
            }
        }

        @Test("what is not there is not found, and a wildcard is a letter like others", arguments: Engine.all)
        func nothing(engine: Engine) async throws {
            try await engine.open { house in
                _ = try await fill(house)
                for text in ["nobody", "%", "_"] {
                    var query = EventQuery()
                    query.text = text
                    let page = try await house.ledger.events(query)
                    #expect(page.events.isEmpty && page.isAtEnd)
                }
                var query = EventQuery()
                query.address = ""
                #expect(try await house.ledger.events(query).events.isEmpty)
                (query.address, query.from, query.until) = (nil, .noon + .days(2), .noon)
                #expect(try await house.ledger.events(query).events.isEmpty)
            }
        }

        @Test("a page reads a bounded number of events, and the next one continues", arguments: Engine.all)
        func bounded(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                // 51 kinds of one walk each would read too much: only the share of each is read.
                for index in 0..<300 {
                    try await house.ledger.add(.note(.signedIn, at: .noon + .seconds(Int64(index)), about: alice))
                }
                var query = EventQuery(limit: 10)
                query.text = "nothing has this text"
                query.kinds = Set(Event.Kind.allCases)
                let page = try await house.ledger.events(query)
                #expect(page.events.isEmpty && page.isAtEnd)
            }
        }

        @Test("an event comes after all before it, whatever its node's clock says", arguments: Engine.all)
        func order(engine: Engine) async throws {
            try await engine.open { house in
                let ahead = Event(.signedIn, at: .noon + .days(900), actor: nil, detail: "ahead")
                try await house.ledger.add(ahead)
                let cursor = try await house.ledger.events(EventQuery(order: .oldestFirst())).cursor
                #expect(cursor == ahead.id)
                for index in 0..<3 {
                    try await house.ledger.add(
                        Event(.signedIn, at: .noon + .seconds(Int64(index)), actor: nil, detail: "\(index)"))
                }
                let later = try await house.ledger.events(EventQuery(order: .oldestFirst(after: cursor)))
                #expect(later.events.map(\.detail) == ["0", "1", "2"])
                #expect(later.isAtEnd && later.cursor == later.events.last?.id)
                // Their identifiers are ahead, their times are not.
                var query = EventQuery()
                (query.from, query.until) = (.noon, .noon + .seconds(2))
                #expect(try await house.ledger.events(query).events.map(\.detail) == ["1", "0"])
            }
        }

        @Test("what follows nothing continues at the newest event", arguments: Engine.all)
        func follows(engine: Engine) async throws {
            try await engine.open { house in
                #expect(try await house.ledger.events(EventQuery(order: .oldestFirst())).cursor == nil)
                let newest = Event(.signedOut, at: .noon, actor: nil)
                try await house.ledger.add(newest)
                var query = EventQuery(order: .oldestFirst())
                query.kinds = [.tokenRevoked]
                let page = try await house.ledger.events(query)
                #expect(page.events.isEmpty && page.isAtEnd && page.cursor == newest.id)
            }
        }
    }
}
