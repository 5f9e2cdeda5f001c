import HTTPServer
import Ledger
import TestHouse
import Testing
import Tokens

@testable import SignIn

@Suite("Refusals that anybody can cause")
struct RefusalTallyTests {
    let start = Timestamp(seconds: 1_000_000)

    private func address(_ number: Int) -> IPAddress { IPAddress(v4: UInt32(number)) }

    @Test("the first five from an address become events, the rest is counted")
    func oneAddress() {
        var tally = RefusalTally()
        let written = (0..<100).filter { _ in tally.count("wrong", from: address(1), at: start).isWritten }
        #expect(written.count == 5)
        #expect(tally.due(at: start + .minutes(14)).isEmpty)
        let due = tally.due(at: start + .minutes(15))
        #expect(due.map(\.detail) == ["wrong: 95 more like it from one address"])
        #expect(due.map(\.address) == ["0.0.0.1"])
        #expect(tally.due(at: start + .minutes(30)).isEmpty)
    }

    @Test("one IPv6 network is one address")
    func network() throws {
        var tally = RefusalTally()
        for number in 0..<100 {
            let address = IPAddress(high: 0x2001_0DB8_0000_0001, low: UInt64(number))
            #expect(tally.count("wrong", from: address, at: start).isWritten == (number < 5))
        }
        let due = tally.due(at: nil)
        #expect(due.map(\.address) == ["2001:db8:0:1::/64"])
        #expect(due.map(\.sources) == [1])
    }

    @Test("thirty for a reason become events, from however many addresses, and other reasons lose none")
    func manyAddresses() {
        var tally = RefusalTally()
        let written = (0..<100_000).filter { tally.count("wrong", from: address($0), at: start).isWritten }
        #expect(written.count == 30)
        #expect(tally.count("suspended", from: address(1), at: start).isWritten)
        let due = tally.due(at: start + .minutes(15))
        #expect(due.map(\.detail) == ["wrong: 99970 more like it from 970 addresses"])
    }

    @Test("the summary of the previous window comes with the next refusal")
    func next() {
        var tally = RefusalTally()
        for _ in 0..<6 { _ = tally.count("wrong", from: address(1), at: start) }
        let next = tally.count("wrong", from: address(1), at: start + .minutes(15))
        #expect(next.isWritten)
        #expect(next.before?.count == 1)
        // A clock that was ahead delays nothing.
        #expect(tally.count("wrong", from: address(1), at: start).isWritten)
    }

    @Test("a summary that could not be written is not lost")
    func restored() throws {
        var tally = RefusalTally()
        for _ in 0..<8 { _ = tally.count("wrong", from: address(1), at: start) }
        let summary = try #require(tally.due(at: nil).first)
        tally.restore(summary, at: start)
        #expect(tally.due(at: nil) == [summary])
    }

    @Test("a token in the password field counts as a guess, and few of them become events")
    func token() async throws {
        let house = try TestHouse()
        let door = SignInHouse(house)
        try await house.person("alice", password: "correct horse")
        var faults: [SignInFault] = []
        for number in 0..<200 {
            do {
                _ = try await door.accounts.signIn(
                    login: "login\(number)", password: TokenFormat.standard.makeSecret().reveal(),
                    request: Browser().request())
            } catch let fault as SignInFault {
                faults.append(fault)
            }
        }
        #expect(faults.prefix(20).allSatisfy { $0 == .tokenAsPassword })
        #expect(faults.dropFirst(20).allSatisfy { $0 == .tooManyAttempts(wait: .seconds(1)) })
        #expect(try await details(house).count == 5)
        try await door.sessions.refusals.flush(all: true)
        #expect(
            try await details(house).first
                == "a token in place of a password: 15 more like it from one address")
    }

    @Test("from many addresses they bury nothing: some events for each quarter of an hour")
    func flood() async throws {
        let house = try TestHouse()
        let door = SignInHouse(house)
        try await house.person("alice", administrator: true, password: "correct horse")
        for number in 0..<500 {
            var browser = Browser()
            browser.address = "2001:db8:\(String(number, radix: 16))::1"
            _ = try? await door.accounts.signIn(
                login: "login\(number)", password: TokenFormat.standard.makeSecret().reveal(),
                request: browser.request())
        }
        #expect(try await details(house).count == 30)
        house.pass(.minutes(15))
        try await door.sessions.refusals.flush()
        let last = try #require(try await house.ledger.events(about: nil, before: nil, limit: 1).first)
        #expect(last.detail == "a token in place of a password: 470 more like it from 470 addresses")
        #expect(last.address.hasSuffix("::/64"))
    }

    private func details(_ house: TestHouse) async throws -> [String] {
        try await house.ledger.events(about: nil, before: nil, limit: 1000)
            .filter { $0.kind == .signInRefused }.map(\.detail)
    }
}
