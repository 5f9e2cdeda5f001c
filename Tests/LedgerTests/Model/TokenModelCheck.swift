import Foundation
import Synchronization
import TestHouse
import Testing
import TokenIndex
import Tokens

@testable import Ledger

/// Changes tokens at random on several nodes at once, and holds every node against ``TokenModel`` all the while.
struct TokenModelCheck: Sendable {
    let nodes: [ModelNode]
    let seed: UInt64
    let tokens = Shared<[ModelledToken]>([])
    let counts = Shared<[String: Int]>([:])
    /// The longest time after the last answer until all nodes knew.
    let slowest = Shared(Duration.zero)

    /// After this time, a node that does not know an answered change is wrong: the default of `stale_for`.
    static let bound = Duration.seconds(10)
    private static let writers = 4, readers = 4, tokensOfWriter = 3, steps = 60

    /// For how long; once, which takes a second or two, unless `JETON_CHECK_SECONDS` says otherwise.
    private static let seconds =
        ProcessInfo.processInfo.environment["JETON_CHECK_SECONDS"].flatMap { Double($0) } ?? 0
    private static let firstSeed = ProcessInfo.processInfo.environment["JETON_CHECK_SEED"].flatMap {
        UInt64($0)
    }

    /// Checks with one seed after the other. `JETON_CHECK_SEED` is the first one.
    static func run(_ name: String, on nodes: [ModelNode]) async throws {
        let end = ContinuousClock.now + .seconds(seconds)
        var seed = firstSeed ?? UInt64.random(in: 0..<1_000_000)
        var counts: [String: Int] = [:]
        var slowest = Duration.zero
        // A check that never saw one of these has checked nothing: on a slow machine it takes longer.
        let wanted = [
            "granted", "revoked", "previousSecretRevoked", "previousSecretExpired", "paused", "rotate done",
        ]
        var rounds = 0
        repeat {
            rounds += 1
            let check = TokenModelCheck(nodes: nodes, seed: seed)
            print("\(name): JETON_CHECK_SEED=\(seed)")
            try await check.run()
            counts.merge(check.counts.value, uniquingKeysWith: +)
            slowest = max(slowest, check.slowest.value)
            seed += 1
        } while ContinuousClock.now < end || rounds < 20 && wanted.contains { counts[$0] == nil }
        let told = counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        print("\(name): \(told); all nodes knew after at most \(slowest)")
        for kind in wanted {
            #expect(counts[kind, default: 0] > 0, "“\(kind)” never came")
        }
    }

    private func run() async throws {
        let isOver = Flag()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<Self.writers { group.addTask { try await write(UInt64(writer)) } }
            for reader in 0..<Self.readers {
                group.addTask { try await read(until: isOver, UInt64(Self.writers + reader)) }
            }
            for _ in 0..<Self.writers { try await group.next() }
            isOver.set(true)
            try await group.waitForAll()
        }
        try await expectSameAfterStart()
    }

    private func read(until isOver: Flag, _ number: UInt64) async throws {
        var random = Seeded(state: seed &* 1000 &+ number)
        while !isOver.isSet, !Task.isCancelled {
            await Task.yield()
            let tokens = tokens.value
            guard let token = tokens.randomElement(using: &random) else { continue }
            let place = Int.random(in: nodes.indices, using: &random)
            guard let answer = try token.ask(nodes[place], place, Int.random(in: 0..<1000, using: &random))
            else {
                continue
            }
            counts.change { $0[answer.word, default: 0] += 1 }
        }
    }

    private func write(_ number: UInt64) async throws {
        var random = Seeded(state: seed &* 1000 &+ number)
        let house = House(ledger: nodes[0].ledger, notified: Notifications(), folder: "")
        let owner = try await house.person("owner-\(seed)-\(number)")
        var mine: [ModelledToken] = []
        for step in 0..<Self.steps {
            let place = Int.random(in: 0..<Self.tokensOfWriter, using: &random)
            if place >= mine.count {
                mine.append(try await create("token \(step)", of: owner, &random))
            } else if mine[place].states.allSatisfy({ $0.hasEnded(at: mine[place].now) }),
                Int.random(in: 0..<3, using: &random) == 0
            {
                mine[place] = try await create("token \(step)", of: owner, &random)
            } else {
                try await advance(mine[place], &random)
            }
        }
    }

    private func create(
        _ name: String, of owner: Subject, _ random: inout Seeded
    ) async throws -> ModelledToken {
        let (token, model) = try random.token(name, of: owner, at: .noon)
        let node = nodes[Int.random(in: nodes.indices, using: &random)]
        try await node.ledger.add(token, digest: model.secrets[0].digest, event: .created(token))
        let modelled = ModelledToken(model, of: owner, at: .noon, nodes: nodes.count)
        try await settle(modelled, [model], since: .now)
        tokens.change { $0.append(modelled) }
        return modelled
    }

    /// Lets time pass, or makes up to three changes at once, each at any node.
    private func advance(_ token: ModelledToken, _ random: inout Seeded) async throws {
        if Int.random(in: 0..<5, using: &random) == 0 {
            return token.pass(random.pick(.seconds(1), .minutes(15), .hours(1), .hours(6), .days(1)))
        }
        guard let model = token.states.first else { return }
        var changes: [TokenChange] = []
        for _ in 0..<random.pick(1, 1, 2, 3) {
            changes.append(random.change(of: model, token.owner.id, at: token.now))
        }
        let race = Race(changes, from: token.states)
        token.begin(race.all)
        let places = changes.map { _ in Int.random(in: nodes.indices, using: &random) }
        let outcomes = try await withThrowingTaskGroup(of: (Int, TokenModel.Outcome).self) { group in
            for (number, change) in changes.enumerated() {
                let node = nodes[places[number]]
                group.addTask {
                    let outcome = try await change.make(in: node.ledger)
                    // The node that answered knows at once.
                    for (digest, right) in race.answers(after: number, outcome, at: change.at) {
                        let answer = try node.answer(to: digest, at: change.at)
                        #expect(
                            right.contains(answer), "seed \(seed): \(change.kind.word) was \(outcome.word)")
                    }
                    counts.change { $0["\(change.kind.word) \(outcome.word)", default: 0] += 1 }
                    return (number, outcome)
                }
            }
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        let told = changes.indices.map { "\(changes[$0].kind.word) \(outcomes[$0]?.word ?? "")" }
        try await settle(token, race.ends(with: outcomes), since: .now, told)
    }

    /// Waits until every node has followed what was answered, within the bound, and checks that all are in the same one
    /// of those states.
    private func settle(
        _ token: ModelledToken, _ states: Set<TokenModel>, since answered: ContinuousClock.Instant,
        _ told: [String] = []
    ) async throws {
        let head = nodes.map(\.ledger.latestChange).max() ?? 0
        while nodes.contains(where: { $0.followed() < head }) {
            try #require(ContinuousClock.now < answered + Self.bound, "seed \(seed): a node does not follow")
            try await Task.sleep(for: .milliseconds(1))
        }
        slowest.change { $0 = max($0, .now - answered) }
        let (now, digests) = (token.now, token.digests)
        let kept = try await states.filtered { try await $0.isKept(in: nodes[0].ledger, at: now) }
        let answers = try digests.map { digest in try nodes.map { try $0.answer(to: digest, at: now) } }
        let settled = kept.filter { state in
            zip(digests, answers).allSatisfy { digest, answers in
                answers.allSatisfy { $0 == state.answer(to: digest, at: now) }
            }
        }
        try #require(
            !settled.isEmpty,
            "seed \(seed): to what was \(told) nodes answer \(answers), where \(kept.count) states are kept")
        token.settle(settled)
    }

    /// Whoever starts now judges the same.
    private func expectSameAfterStart() async throws {
        for node in nodes {
            let fresh = ModelNode(
                ledger: node.ledger, index: TokenIndex(whole: false), followed: node.followed)
            try await node.ledger.load(into: fresh.index)
            for token in tokens.value {
                for digest in token.digests {
                    let answer = try fresh.answer(to: digest, at: token.now)
                    #expect(token.states.contains { $0.answer(to: digest, at: token.now) == answer })
                }
            }
        }
    }
}
