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

/// One secret of a token of the model, from before it is made.
final class ModelToken: Sendable {
    enum State: Sendable {
        case unknown
        case active
        case paused
        /// Replaced by rotating the token, and refused from that moment.
        case ending(Timestamp)
        case revoked
    }

    let owner: ModelOwner
    let secret = TokenFormat.standard.makeSecret()
    let token: Token
    let state = History(State.unknown)
    /// The one that it replaced.
    let previous: ModelToken?

    init(_ name: String, of owner: ModelOwner, at now: Timestamp, expiresAt: Timestamp?) throws {
        self.owner = owner
        previous = nil
        let id = TokenID.make(at: now)
        // Of its own, so that what it may do goes with it.
        guard let scopes = Scopes(text: "maven:read git:read:/\(id.text)") else { throw CancellationError() }
        token = Token(
            id: id, owner: owner.subject.id, name: try TokenName(name), scopes: scopes, createdAt: now,
            origin: .commandLine, expiresAt: expiresAt)
    }

    /// The secret that replaces that one.
    init(replacing previous: ModelToken) {
        owner = previous.owner
        token = previous.token
        self.previous = previous
    }

    /// Whether it was replaced and not ended since.
    var isEnding: Bool { if case .ending = state.latest { true } else { false } }

    /// The one right answer in that state: a reason, or the token's identifier with its owner's login.
    ///
    /// - Parameter enforced: the moment from which a rule refuses every token, if there is one.
    func answer(
        _ state: State, ownerIsSuspended: Bool, enforced: Timestamp?, at now: Timestamp
    ) -> String {
        switch state {
        case .unknown: "unknown_token"
        case .revoked: "revoked"
        case .active, .paused, .ending:
            if isOver(state, at: now) {
                "expired"
            } else if case .paused = state {
                "paused"
            } else if ownerIsSuspended {
                "owner_suspended"
            } else if let enforced, enforced <= now {
                "policy"
            } else {
                "\(token.id.text) \(owner.subject.login.text)"
            }
        }
    }
}

extension ModelToken {
    func isOver(at now: Timestamp) -> Bool { isOver(state.latest, at: now) }

    private func isOver(_ state: State, at now: Timestamp) -> Bool {
        if case .ending(let end) = state, end <= now { return true }
        return token.expiresAt.map { $0 <= now } ?? false
    }
}
