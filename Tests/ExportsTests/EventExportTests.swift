import EventFormats
import JSON
import Ledger
import Synchronization
import TLSClient
import TestHouse
import Testing
import Tokens

@testable import Exports

/// A receiver in memory that can fail.
private final class Receiver: EventSink {
    private let state = Mutex<(texts: [String], isDown: Bool)>(([], false))
    let place = "memory"

    var details: [String] {
        state.withLock { $0.texts }.compactMap { try? JSONValue(parsing: Array($0.utf8))["detail"]?.string }
    }

    func set(down: Bool) { state.withLock { $0.isDown = down } }

    func send(_ events: [WrittenEvent]) async throws(ExportFault) {
        let isDown = state.withLock { state in
            // A failure after some of the events have arrived.
            state.texts += (state.isDown ? Array(events.prefix(1)) : events).map(\.text)
            return state.isDown
        }
        if isDown { throw ExportFault("it is down") }
    }
}

@Suite("Exports of events") struct EventExportTests {
    private static func house(_ body: (TestHouse) async throws -> Void) async throws {
        let house = try TestHouse()
        try await body(house)
        await house.ledger.close()
    }

    private static func export(
        _ house: TestHouse, to receiver: Receiver, lease: TimeSpan = .seconds(30)
    ) -> EventExport {
        var pace = EventExport.Pace()
        (pace.lease, pace.batch) = (lease, 3)
        return EventExport(
            "memory", of: house.ledger, to: receiver, as: .json, version: "1", clock: house.clock, pace: pace)
    }

    private static func add(_ house: TestHouse, _ details: ClosedRange<Int>) async throws {
        for detail in details {
            try await house.ledger.add(Event(.signedIn, at: house.now, actor: nil, detail: "\(detail)"))
        }
    }

    @Test("events arrive in order, and sending continues where it failed, also after a restart")
    func resumes() async throws {
        try await Self.house { house in
            let receiver = Receiver()
            let first = Self.export(house, to: receiver)
            try await Self.add(house, 1...5)
            #expect(try await first.sendNext())
            #expect(try await !first.sendNext())
            receiver.set(down: true)
            try await Self.add(house, 6...9)
            await #expect(throws: ExportFault.self) { _ = try await first.sendNext() }
            house.pass(.seconds(20))
            #expect(first.lag == .seconds(20) && first.figures.sent == 5)
            receiver.set(down: false)
            house.pass(.seconds(40))
            // The node is gone; another one takes over after its lease.
            let second = Self.export(house, to: receiver)
            while try await second.sendNext() {}
            #expect(receiver.details == ["1", "2", "3", "4", "5", "6", "6", "7", "8", "9"])
            #expect(second.lag == .seconds(0))
        }
    }

    @Test("of two nodes one sends, and the other takes over when its lease ends")
    func lease() async throws {
        try await Self.house { house in
            let receiver = Receiver()
            let (first, second) = (Self.export(house, to: receiver), Self.export(house, to: receiver))
            try await Self.add(house, 1...2)
            #expect(try await !first.sendNext() && first.figures.isSending)
            try await Self.add(house, 3...4)
            #expect(try await !second.sendNext() && !second.figures.isSending)
            #expect(receiver.details == ["1", "2"])
            house.pass(.seconds(31))
            #expect(try await !second.sendNext())
            #expect(receiver.details == ["1", "2", "3", "4"])
            #expect(try await !first.sendNext() && !first.figures.isSending)
        }
    }

    @Test("a failure and a recovery are told once each")
    func told() async throws {
        try await Self.house { house in
            let receiver = Receiver()
            receiver.set(down: true)
            try await Self.add(house, 1...1)
            var pace = EventExport.Pace()
            (pace.interval, pace.firstPause) = (TimeSpan(milliseconds: 5), TimeSpan(milliseconds: 5))
            let export = EventExport(
                "memory", of: house.ledger, to: receiver, as: .json, version: "1", clock: house.clock,
                pace: pace)
            let (told, continuation) = AsyncStream.makeStream(of: String.self)
            let running = Task { await export.run { continuation.yield($0) } }
            var sentences = told.makeAsyncIterator()
            #expect(
                await sentences.next() == "the export `memory` fails, and will be tried again: it is down")
            receiver.set(down: false)
            #expect(await sentences.next() == "the export `memory` works again")
            running.cancel()
            await running.value
            #expect(export.figures.failures >= 1)
            // Another node need not wait for the end of the lease.
            let next = Self.export(house, to: receiver)
            _ = try await next.sendNext()
            #expect(next.figures.isSending)
        }
    }

    @Test("a message is of RFC 5424, with the severity of the event")
    func message() {
        let sink = SyslogSink(
            to: .init(host: "logs.example.com", port: 6514, trust: nil), from: "node 1", facility: 10)
        let event = WrittenEvent(
            text: "{}", id: "x", kind: "sign_in_refused", at: Timestamp(milliseconds: 1_782_907_200_123),
            isRefusal: true)
        #expect(
            sink.message(event) == "<84>1 2026-07-01T12:00:00.123Z node1 jeton - sign_in_refused - {}")
    }
}

@Suite("Events for programs") struct EventFormatTests {
    @Test("every kind has a class of OCSF with its numbers", arguments: Event.Kind.allCases)
    func ocsf(kind: Event.Kind) throws {
        let alice = Subject(
            id: .make(at: Timestamp(seconds: 0)), login: try Login("alice"), name: "Alice",
            createdAt: Timestamp(seconds: 0))
        let event = Event(
            kind, at: Timestamp(milliseconds: 1234), actor: alice.id, subject: alice.id,
            token: .make(at: .init(seconds: 0)),
            address: "192.0.2.1", detail: "“a”\n")
        let described = DescribedEvent(event, actor: alice, subject: alice)
        let document = EventFormat.ocsf.document(of: described, version: "1")
        guard case .integer(let type)? = document["type_uid"],
            case .integer(let activity)? = document["activity_id"],
            case .integer(let name)? = document["class_uid"]
        else { throw TestFailure() }
        #expect(type == name * 100 + activity)
        #expect(document["metadata"]?["uid"] == .string(event.id.text))
        #expect(document["time"] == 1234)
        #expect(document["src_endpoint"]?["ip"] == "192.0.2.1")
        #expect(document["actor"]?["user"]?["name"] == "alice")
        // One line, whatever the texts are.
        #expect(!document.text.contains("\n"))
        #expect(try JSONValue(parsing: Array(document.text.utf8)) == document)
    }

    @Test("Jeton's own form has everything, and milliseconds")
    func json() throws {
        let event = Event(.tokenRevoked, at: Timestamp(milliseconds: 1234), actor: nil, detail: "CI")
        #expect(
            JSONValue(DescribedEvent(event)) == [
                "id": .string(event.id.text), "at": "1970-01-01T00:00:01.234Z", "kind": "token_revoked",
                "actor": nil, "actor_token": nil, "subject": nil, "token": nil, "address": "", "detail": "CI",
                "incident": nil,
            ])
    }

    private struct TestFailure: Error {}
}
