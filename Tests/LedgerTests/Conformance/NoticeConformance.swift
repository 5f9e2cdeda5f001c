import Ledger
import Sodium
import TestHouse
import Testing
import Tokens

extension LedgerConformance {
    @Suite("Notices") struct Notices {
        private static func notice(
            to person: Subject?, at moment: Timestamp = .noon, kind: String = "expiring",
            about: Subject? = nil
        ) -> Notice {
            Notice(
                id: .next(at: moment), at: moment, kind: kind, recipient: person?.id, subject: about?.id,
                content: NoticeContent(
                    title: "“nightly” expires", paragraphs: ["It expires.", "Rotate it: soon"],
                    facts: [NoticeDetail("When", "now")], traces: [NoticeDetail("From", "192.0.2.1")],
                    link: NoticeAction("Rotate it", "/tokens/1/rotate")))
        }

        /// Keeps notices as the node that writes them.
        private static func keep(_ notices: [NewNotice], in house: House) async throws {
            _ = try await house.ledger.leaseNotices(to: 1, until: .noon + .hours(1), at: .noon)
            let event = Event.note(at: .noon)
            try await house.ledger.add(event)
            let last = try #require(try await house.events().first)
            #expect(try await house.ledger.add(notices, upTo: last.id, of: 1))
        }

        @Test("one node at a time writes notices, with the cursor in one transaction", arguments: Engine.all)
        func lease(engine: Engine) async throws {
            try await engine.open { house in
                let ledger = house.ledger
                let alice = try await house.person("alice")
                let (soon, later) = (Timestamp.noon + .seconds(30), Timestamp.noon + .seconds(60))
                // A new ledger has no old news.
                #expect(
                    try await ledger.leaseNotices(to: 1, until: soon, at: .noon) == ExportPosition(sent: nil))
                #expect(try await ledger.leaseNotices(to: 2, until: soon, at: .noon) == nil)
                let event = EventID(number: 7)
                let new = NewNotice(Self.notice(to: alice), by: [.init("mail", at: .noon)])
                #expect(try await ledger.add([new], upTo: event, of: 1))
                // Another node wrote them meanwhile: neither the notice nor the cursor is kept.
                let late = NewNotice(Self.notice(to: alice))
                #expect(try await !ledger.add([late], upTo: EventID(number: 9), of: 2))
                #expect(try await !ledger.add([late], upTo: event, of: 1))
                #expect(try await ledger.notices(of: alice.id, before: nil, limit: 9) == [new.notice])
                #expect(
                    try await ledger.leaseNotices(to: 2, until: later, at: soon)
                        == ExportPosition(sent: event))
                try await ledger.releaseNotices(of: 2)
                #expect(try await ledger.leaseNotices(to: 3, until: later, at: soon) != nil)
                #expect(try await ledger.exportPositions().isEmpty)
            }
        }

        @Test(
            "somebody's notices are listed, counted while they are new, and marked as read",
            arguments: Engine.all)
        func reading(engine: Engine) async throws {
            try await engine.open { house in
                let ledger = house.ledger
                let (alice, bob) = (try await house.person("alice"), try await house.person("bob"))
                let hers = (0..<3).map { Self.notice(to: alice, at: .noon + .seconds($0)) }
                try await Self.keep((hers + [Self.notice(to: bob)]).map { NewNotice($0) }, in: house)
                #expect(
                    try await ledger.notices(of: alice.id, before: nil, limit: 2) == [hers[2], hers[1]])
                #expect(try await ledger.notices(of: alice.id, before: hers[1].id, limit: 2) == [hers[0]])
                #expect(try await ledger.countOfNewNotices(of: alice.id) == 3)
                try await ledger.markNoticesRead(of: alice.id, upTo: hers[1].id, at: .noon + .hours(1))
                #expect(try await ledger.countOfNewNotices(of: alice.id) == 1)
                #expect(try await ledger.countOfNewNotices(of: bob.id) == 1)
                let read = try await ledger.notices(of: alice.id, before: nil, limit: 9).map(\.readAt)
                #expect(read == [nil, .noon + .hours(1), .noon + .hours(1)])
            }
        }

        @Test("what may be said once is said once", arguments: Engine.all)
        func once(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let once = NewNotice.Once(SHA256Digest.fresh(), until: .noon + .days(1))
                func new(_ moment: Timestamp) -> NewNotice {
                    NewNotice(Self.notice(to: alice, at: moment), once: once)
                }
                try await Self.keep([new(.noon), new(.noon + .hours(1)), new(.noon + .days(1))], in: house)
                let kept = try await house.ledger.notices(of: alice.id, before: nil, limit: 9).map(\.at)
                #expect(kept == [.noon + .days(1), .noon])
            }
        }

        @Test("deliveries wait, are sent or fail, and may be sent again", arguments: Engine.all)
        func deliveries(engine: Engine) async throws {
            try await engine.open { house in
                let ledger = house.ledger
                let alice = try await house.person("alice")
                let (one, two) = (Self.notice(to: alice), Self.notice(to: alice))
                let later = Timestamp.noon + .hours(1)
                try await Self.keep(
                    [
                        NewNotice(one, by: [.init("mail", at: .noon), .init("webhook/x", at: .noon)]),
                        NewNotice(two, by: [.init("mail", at: later)]),
                    ], in: house)
                func due(_ now: Timestamp, without: Set<String> = []) async throws -> [String] {
                    try await ledger.dueDeliveries(at: now, without: without, limit: 9)
                        .map { "\($0.notice.id == one.id ? 1 : 2) \($0.channel)" }
                }
                #expect(try await due(.noon) == ["1 mail", "1 webhook/x"])
                #expect(try await due(later) == ["1 mail", "1 webhook/x", "2 mail"])
                #expect(try await due(later, without: ["mail"]) == ["1 webhook/x"])
                #expect(
                    try await ledger.deliveryFigures()
                        == DeliveryFigures(waiting: 3, failed: 0, dueSince: .noon))
                func result(_ channel: String, _ state: Delivery.State, _ error: String = "")
                    -> DeliveryResult
                {
                    DeliveryResult(
                        notice: one.id, channel: channel, state: state, nextAt: later, error: error, at: .noon
                    )
                }
                try await ledger.settle([
                    result("mail", .sent), result("webhook/x", .waiting, "503"),
                ])
                #expect(try await due(.noon).isEmpty)
                try await ledger.settle([result("webhook/x", .failed, "gave up")])
                let failed = try await ledger.deliveries(DeliveryQuery(state: .failed))
                #expect(failed.map(\.channel) == ["webhook/x"] && failed.map(\.attempts) == [2])
                #expect(failed.map(\.lastError) == ["gave up"] && failed[0].notice == one)
                // What is settled is not settled again by a node that was slow.
                try await ledger.settle([result("mail", .waiting, "late")])
                let sent = try await ledger.deliveries(DeliveryQuery(state: .sent))
                #expect(sent.map(\.sentAt) == [.noon])
                #expect(try await ledger.sendAgain(two.id, at: .noon) == 0)
                #expect(try await ledger.sendAgain(one.id, at: .noon) == 1)
                #expect(try await due(.noon) == ["1 webhook/x"])
                #expect(try await ledger.deliveries(DeliveryQuery()).count == 3)
                #expect(try await ledger.deliveries(DeliveryQuery(before: two.id)).count == 2)
            }
        }

        @Test("a digest has what waits for that person and day", arguments: Engine.all)
        func digest(engine: Engine) async throws {
            try await engine.open { house in
                let ledger = house.ledger
                let (alice, bob) = (try await house.person("alice"), try await house.person("bob"))
                let days: [(Subject, Int64)] = [(alice, 5), (alice, 6), (bob, 5), (alice, 5)]
                let notices = days.map { person, day in
                    NewNotice(
                        Self.notice(to: person), by: [.init("mail", digestOn: day, at: .noon)])
                }
                try await Self.keep(notices, in: house)
                let digest = try await ledger.digest(of: alice.id, on: 5)
                #expect(digest.map(\.notice.id) == [notices[0].notice.id, notices[3].notice.id])
            }
        }

        @Test("a disabled endpoint gets nothing until it is enabled", arguments: Engine.all)
        func endpoints(engine: Engine) async throws {
            try await engine.open { house in
                let ledger = house.ledger
                try await Self.keep(
                    [NewNotice(Self.notice(to: nil), by: [.init("webhook/x", at: .noon)])], in: house)
                let gone = DisabledEndpoint("webhook/x", at: .noon, reason: "410 Gone")
                #expect(try await ledger.disable(gone, event: .note(.endpointDisabled)))
                #expect(try await !ledger.disable(gone, event: .note(.endpointDisabled)))
                #expect(try await house.events().filter { $0.kind == .endpointDisabled }.count == 1)
                #expect(try await ledger.disabledEndpoints() == [gone])
                let failed = try await ledger.deliveries(DeliveryQuery(state: .failed))
                #expect(failed.map(\.lastError) == ["the webhook is disabled: 410 Gone"])
                #expect(try await ledger.enable(endpoint: "webhook/x"))
                #expect(try await !ledger.enable(endpoint: "webhook/x"))
                #expect(try await ledger.disabledEndpoints().isEmpty)
            }
        }

        @Test("choices are kept by person and kind, and may be taken back", arguments: Engine.all)
        func choices(engine: Engine) async throws {
            try await engine.open { house in
                let ledger = house.ledger
                let (alice, bob) = (try await house.person("alice"), try await house.person("bob"))
                try await ledger.choose(["expiring": .daily, "leak": .off], for: alice.id)
                try await ledger.choose(["expiring": .immediate, "leak": nil], for: alice.id)
                try await ledger.choose(["created": .off], for: bob.id)
                #expect(
                    try await ledger.noticeChoices(of: [alice.id, bob.id])
                        == [alice.id: ["expiring": .immediate], bob.id: ["created": .off]])
                #expect(try await ledger.noticeChoices(of: []) == [:])
            }
        }

        @Test("a service account has one webhook, and its secret is kept sealed", arguments: Engine.all)
        func teamWebhook(engine: Engine) async throws {
            try await engine.open { house in
                let ledger = house.ledger
                let alice = try await house.person("alice")
                let account = try await house.account("bot", stewards: [alice])
                let webhook = TeamWebhook(
                    url: "https://hooks.example/a", sealedSecret: "sealed", changedAt: .noon,
                    changedBy: alice.id)
                try await ledger.setTeamWebhook(webhook, of: account.id, event: .note(.accountChanged))
                #expect(try await ledger.teamWebhook(of: account.id) == webhook)
                try await ledger.disable(
                    DisabledEndpoint("team/\(account.id)", at: .noon, reason: "410"),
                    event: .note(.endpointDisabled))
                // Another address is another endpoint.
                try await ledger.setTeamWebhook(webhook, of: account.id, event: .note(.accountChanged))
                #expect(try await ledger.disabledEndpoints().isEmpty)
                try await ledger.setTeamWebhook(nil, of: account.id, event: .note(.accountChanged))
                #expect(try await ledger.teamWebhook(of: account.id) == nil)
                try await expect(.noSuchSubject, in: house) {
                    try await ledger.setTeamWebhook(webhook, of: alice.id, event: .note(.accountChanged))
                }
            }
        }

        @Test(
            "notices are kept as long as events, and their addresses as long as those", arguments: Engine.all)
        func retention(engine: Engine) async throws {
            try await engine.open { house in
                let ledger = house.ledger
                let alice = try await house.person("alice")
                let notices = (0..<4).map { Self.notice(to: alice, at: .noon + .days($0)) }
                try await Self.keep(
                    notices.map { NewNotice($0, by: [.init("mail", at: $0.at)]) }, in: house)
                var retention = EventRetention()
                (retention.keep, retention.keepAddresses) = (.days(2), .days(1))
                try await ledger.forget(retention, at: .noon + .days(3) + .seconds(1))
                let kept = try await ledger.notices(of: alice.id, before: nil, limit: 9)
                #expect(kept.map(\.at) == [.noon + .days(3), .noon + .days(2)])
                #expect(kept.map { $0.content.traces.count } == [1, 0])
                #expect(try await ledger.deliveries(DeliveryQuery()).count == 2)
            }
        }
    }
}
