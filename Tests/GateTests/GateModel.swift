import Ledger
import Synchronization
import TestHouse
import Tokens

/// What a thing was, is, and is about to be. A change is begun before the ledger is told of it and settled
/// once the ledger has returned: in between, either is right.
final class History<State: Sendable>: Sendable {
    private let kept: Mutex<(states: [State], settled: Int)>

    init(_ first: State) {
        kept = Mutex(([first], 0))
    }

    /// How many states are over for good, now.
    var mark: Int { kept.withLock { $0.settled } }

    /// All that has been right at some moment since that mark was taken.
    func states(since mark: Int) -> ArraySlice<State> { kept.withLock { $0.states[mark...] } }

    var latest: State { kept.withLock { $0.states[$0.states.count - 1] } }

    func change(to state: State, by work: () async throws -> Void) async throws {
        kept.withLock { $0.states.append(state) }
        try await work()
        kept.withLock { $0.settled = $0.states.count - 1 }
    }
}

/// A person of the model.
final class ModelOwner: Sendable {
    let subject: Subject
    let isSuspended = History(false)

    init(_ subject: Subject) {
        self.subject = subject
    }
}

/// A token of the model, from before it is made.
final class ModelToken: Sendable {
    enum State: Sendable {
        case unknown
        case active
        case revoked
    }

    let owner: ModelOwner
    let secret = TokenFormat.standard.makeSecret()
    let token: Token
    let state = History(State.unknown)

    init(_ name: String, of owner: ModelOwner, at now: Timestamp, expiresAt: Timestamp?) throws {
        self.owner = owner
        let id = TokenID.make(at: now)
        // Of its own, so that what it may do goes with it.
        guard let scopes = Scopes(text: "maven:read git:read:/\(id.text)") else { throw CancellationError() }
        token = Token(
            id: id, owner: owner.subject.id, name: try TokenName(name), scopes: scopes, createdAt: now,
            origin: .commandLine, expiresAt: expiresAt)
    }

    /// The one right answer in that state: a reason, or the token's identifier with its owner's login.
    func answer(_ state: State, ownerIsSuspended: Bool, at now: Timestamp) -> String {
        switch state {
        case .unknown: "unknown_token"
        case .revoked: "revoked"
        case .active:
            if let end = token.expiresAt, end <= now {
                "expired"
            } else if ownerIsSuspended {
                "owner_suspended"
            } else {
                "\(token.id.text) \(owner.subject.login.text)"
            }
        }
    }
}

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

    /// Makes, revokes, suspends, lets time pass, until then. Returns how many changes there were.
    func write(until end: ContinuousClock.Instant) async throws -> Int {
        var changes = 0
        while ContinuousClock.now < end {
            changes += 1
            switch Int.random(in: 0..<20) {
            case 0:
                let owner = owners[Int.random(in: owners.indices)]
                try await turn(owner, suspended: !owner.isSuspended.latest)
            case 1: house.pass(.seconds(1))
            default: try await advance(Int.random(in: 0..<Self.size))
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
            try await token.state.change(to: .revoked) { try await house.revoke(token.token) }
        case .revoked:
            let new = try next()
            window.withLock { $0[place] = new }
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
