import Ledger
import Synchronization
import TestHouse
import Tokens

/// The tokens that one writer makes and ends. Nobody else changes them or their owners.
final class ModelWriter: Sendable {
    private let house: TestHouse
    private let name: String
    private let owners: [ModelOwner]
    private let window: Mutex<[ModelToken]>
    /// How many tokens there were so far: each has a name of its own, however often this is told to write.
    private let made = Mutex(0)

    /// How many tokens are asked about at a time.
    private static let size = 48

    init(_ name: String, house: TestHouse) async throws {
        self.house = house
        self.name = name
        var owners: [ModelOwner] = []
        for number in 0..<4 { owners.append(ModelOwner(try await house.person("\(name)-\(number)"))) }
        self.owners = owners
        window = Mutex([])
        for _ in 0..<Self.size {
            let token = try next()
            window.withLock { $0.append(token) }
        }
    }

    /// Any of the tokens that are at hand.
    var any: ModelToken { window.withLock { $0[Int.random(in: $0.indices)] } }

    /// Makes, rotates, pauses, revokes, suspends, lets time pass, until then. Returns how many changes there were.
    func write(until end: ContinuousClock.Instant) async throws -> Int {
        var changes = 0
        while ContinuousClock.now < end {
            changes += 1
            switch Int.random(in: 0..<20) {
            case 0:
                let owner = owners[Int.random(in: owners.indices)]
                try await turn(owner, suspended: !owner.isSuspended.latest)
            case 1: house.pass(.seconds(1))
            default: try await advance(Int.random(in: 0..<window.withLock(\.count)))
            }
        }
        return changes
    }

    /// Takes one token a step further in its life; in the place of one at its end comes a new one.
    private func advance(_ place: Int) async throws {
        let token = window.withLock { $0[place] }
        switch token.state.latest {
        case .unknown:
            try await token.state.change(to: .active) {
                let now = house.clock.now
                try await house.ledger.add(
                    token.token, digest: token.secret.digest,
                    event: Event(.tokenCreated, at: now, actor: nil, token: token.token.id))
            }
        case .active:
            if let previous = token.previous, previous.isEnding { return try await end(previous) }
            let now = house.clock.now
            switch Int.random(in: 0..<4) {
            case 0: try await turn(token, paused: true)
            case 1 where !token.isOver(at: now): try await rotate(token, at: now)
            default: try await token.state.change(to: .revoked) { try await house.revoke(token.token) }
            }
        case .paused: try await turn(token, paused: false)
        case .ending: try await end(token)
        case .revoked where window.withLock(\.count) > Self.size: window.withLock { _ = $0.remove(at: place) }
        case .revoked:
            let new = try next()
            window.withLock { $0[place] = new }
        }
    }

    private func turn(_ token: ModelToken, paused: Bool) async throws {
        try await token.state.change(to: paused ? .paused : .active) {
            let pause = Pause(source: .owner, at: house.clock.now, until: nil, by: nil)
            let event = Event(.tokenPaused, at: house.clock.now, actor: nil, token: token.token.id)
            try await house.ledger.change(token.token.id, at: house.clock.now) { token in
                token.pauses = paused ? [pause] : []
                return [event]
            }
        }
    }

    /// Gives a token another secret, with an overlap or without.
    private func rotate(_ token: ModelToken, at now: Timestamp) async throws {
        let new = ModelToken(replacing: token)
        window.withLock { $0.append(new) }
        let end = Bool.random() ? now + .seconds(Int64.random(in: 1...5)) : nil
        try await new.state.change(to: .active) {
            try await token.state.change(to: end.map { .ending($0) } ?? .revoked) {
                try await house.ledger.rotate(
                    token.token.id,
                    Rotation(
                        secret: .make(at: now), digest: new.secret.digest, at: now,
                        previousEndsAt: end ?? now,
                        expiresAt: token.token.expiresAt, expirySetAt: now),
                    event: Event(.tokenRotated, at: now, actor: nil, token: token.token.id))
            }
        }
    }

    private func end(_ previous: ModelToken) async throws {
        guard let secret = house.record(previous.secret.digest)?.secret else { return }
        try await previous.state.change(to: .revoked) {
            let now = house.clock.now
            try await house.ledger.end(
                secret, Token.Revocation(at: now, by: nil, reason: .rotated),
                event: Event(.secretEnded, at: now, actor: nil, token: previous.token.id))
        }
    }

    private func turn(_ owner: ModelOwner, suspended: Bool) async throws {
        try await owner.isSuspended.change(to: suspended) {
            var subject = owner.subject
            subject.suspendedAt = suspended ? house.clock.now : nil
            try await house.ledger.update(
                subject,
                event: Event(
                    suspended ? .subjectSuspended : .subjectResumed, at: house.clock.now, actor: nil))
        }
    }

    /// A token that is not made yet. Of three, one will expire soon.
    private func next() throws -> ModelToken {
        let number = made.withLock { made in
            made += 1
            return made
        }
        let now = house.clock.now
        return try ModelToken(
            "token \(number)", of: owners[number % owners.count], at: now,
            expiresAt: number % 3 == 0 ? now + .seconds(Int64.random(in: 2...20)) : nil)
    }
}
