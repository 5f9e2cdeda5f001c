import Foundation
import HTTPServer
import Ledger
import TestHouse
import Testing
import Tokens

/// Many readers while everything changes: each answer is held against a model of what could be true between
/// the question and the answer. `make check-index` does so for a minute.
@Suite("The gate while everything changes")
struct GateCheckTests {
    /// For how long; a second unless `JETON_CHECK_SECONDS` says otherwise.
    static let seconds =
        ProcessInfo.processInfo.environment["JETON_CHECK_SECONDS"].flatMap { Double($0) } ?? 1

    let house: TestHouse
    let gate: GateHouse
    /// The moment from which a rule refuses every token, if there is one.
    private let enforced = History<Timestamp?>(nil)

    init() throws {
        house = try TestHouse()
        gate = try GateHouse(house)
    }

    @Test("64 readers never get an answer that was wrong during their request")
    func readers() async throws {
        var made: [ModelWriter] = []
        for number in 0..<4 { made.append(try await ModelWriter("writer-\(number)", house: house)) }
        let writers = made
        var kinds: [String: Int] = [:]
        var changes = 0
        // A check that never saw one of these has checked nothing: on a slow machine it takes longer.
        let wanted = [
            "granted", "unknown_token", "revoked", "expired", "owner_suspended", "paused", "policy",
        ]
        for _ in 0..<30 {
            let result = try await check(writers, until: .now + .seconds(Self.seconds))
            kinds.merge(result.kinds, uniquingKeysWith: +)
            changes += result.changes
            if wanted.allSatisfy({ kinds[$0] != nil }) { break }
        }
        print("checked \(kinds.values.reduce(0, +)) answers during \(changes) changes: \(kinds)")
        for kind in wanted { #expect(kinds[kind, default: 0] > 0, "no answer was “\(kind)”") }
    }

    /// Has all write and read until then; how often which kind of answer came, during how many changes.
    private func check(
        _ writers: [ModelWriter], until end: ContinuousClock.Instant
    ) async throws -> (kinds: [String: Int], changes: Int) {
        var kinds: [String: Int] = [:]
        var changes = 0
        try await withThrowingTaskGroup(of: (kinds: [String: Int], changes: Int).self) { group in
            for writer in writers { group.addTask { ([:], try await writer.write(until: end)) } }
            group.addTask { ([:], try await turnRules(until: end)) }
            for reader in 0..<64 {
                group.addTask { (try await read(writers, until: end, as: UInt64(reader)), 0) }
            }
            for try await result in group {
                kinds.merge(result.kinds, uniquingKeysWith: +)
                changes += result.changes
            }
        }
        return (kinds, changes)
    }

    /// Sets a rule that every token breaks, from now on or from soon on, and lifts it. Returns how many changes there were.
    private func turnRules(until end: ContinuousClock.Instant) async throws -> Int {
        var changes = 0
        while ContinuousClock.now < end {
            changes += 1
            var policy = TokenPolicy()
            if enforced.latest == nil {
                policy.all.needsAddresses = true
                policy.all.enforceFrom = house.clock.now + .seconds(Int64.random(in: -1...2))
            }
            try await enforced.change(to: policy.all.enforceFrom) { [policy] in
                try await house.setTokenPolicy(policy)
            }
            try await Task.sleep(for: .milliseconds(Int.random(in: 1...20)))
        }
        return changes
    }

    /// Asks about one token after the other; how often which kind of answer came.
    private func read(
        _ writers: [ModelWriter], until end: ContinuousClock.Instant, as reader: UInt64
    ) async throws -> [String: Int] {
        var kinds: [String: Int] = [:]
        var peer: UInt64 = 0
        while ContinuousClock.now < end {
            let token = writers[Int.random(in: writers.indices)].any
            let mark = token.state.mark
            let ownerMark = token.owner.isSuspended.mark
            let rulesMark = enforced.mark
            let before = house.clock.now
            // From ever new networks, since from one so many unknown tokens would be guesses.
            peer += 1
            let response = await gate.ask(
                "GET", "/verify/maven", ["Authorization": "Bearer \(token.secret.reveal())"],
                peer: IPAddress(high: 0x2001 << 48 | reader << 40 | peer, low: 1))
            let after = house.clock.now
            let answer = Self.answer(in: response)
            let right = token.state.states(since: mark).flatMap { state in
                token.owner.isSuspended.states(since: ownerMark).flatMap { isSuspended in
                    enforced.states(since: rulesMark).flatMap { from in
                        [before, after].map {
                            token.answer(state, ownerIsSuspended: isSuspended, enforced: from, at: $0)
                        }
                    }
                }
            }
            #expect(right.contains(answer), "the answer was “\(answer)”")
            if !right.contains(answer) { return kinds }
            kinds[response.status == 200 ? "granted" : answer, default: 0] += 1
            await Task.yield()
        }
        return kinds
    }

    private static func answer(in response: Response) -> String {
        guard response.status == 200 else { return response.reason ?? "\(response.status)" }
        return "\(response.headers["X-Jeton-Token"] ?? "") \(response.headers["Remote-User"] ?? "")"
    }
}
