import Ledger
import Tokens

/// Changes that are made at once: every order in which they can have come about.
struct Race: Sendable {
    private struct Order {
        /// The states on the way, from before the first change to after the last.
        let states: [TokenModel]
        let changes: [Int]
        let outcomes: [TokenModel.Outcome]
    }

    private let orders: [Order]

    init(_ changes: [TokenChange], from states: Set<TokenModel>) {
        var orders = states.map { Order(states: [$0], changes: [], outcomes: []) }
        for _ in changes {
            orders = orders.flatMap { order in
                changes.indices.filter { !order.changes.contains($0) }.map { number in
                    var state = order.states[order.states.count - 1]
                    let outcome = state.apply(changes[number])
                    return Order(
                        states: order.states + [state], changes: order.changes + [number],
                        outcomes: order.outcomes + [outcome])
                }
            }
        }
        self.orders = orders
    }

    /// All states that are possible meanwhile.
    var all: Set<TokenModel> { Set(orders.flatMap(\.states)) }

    /// What is right at once at the node that has answered that change: the answers to the secrets that it changed, in
    /// whatever order. The node need not know what others changed before.
    func answers(after change: Int, _ outcome: TokenModel.Outcome, at now: Timestamp) -> [TokenDigest: Set<
        Answer
    >] {
        let possible = orders.compactMap { order -> [TokenDigest: Set<Answer>]? in
            guard let place = order.changes.firstIndex(of: change), order.outcomes[place] == outcome else {
                return nil
            }
            var answers: [TokenDigest: Set<Answer>] = [:]
            for digest in order.states[place + 1].secrets.map(\.digest) {
                let later = order.states[place...].map { $0.answer(to: digest, at: now) }
                if later[0] != later[1] { answers[digest] = Set(later.dropFirst()) }
            }
            return answers
        }
        guard let first = possible.first else { return [:] }
        return possible.dropFirst().reduce(first) { all, next in
            all.filter { next[$0.key] != nil }.merging(next.filter { all[$0.key] != nil }) { $0.union($1) }
        }
    }

    /// The states that are possible at the end where the changes have had those outcomes.
    func ends(with outcomes: [Int: TokenModel.Outcome]) -> Set<TokenModel> {
        Set(
            orders.compactMap { order in
                let isSo = zip(order.changes, order.outcomes).allSatisfy { outcomes[$0] == $1 }
                return isSo ? order.states.last : nil
            })
    }
}

extension TokenModel {
    /// Whether a ledger tells the same of the token and its secrets, by each of its identifiers.
    func isKept(in ledger: any Ledger, at now: Timestamp) async throws -> Bool {
        let previous = Set(try await ledger.previousSecrets(of: id, at: now).map(\.id))
        guard previous == Set(working(at: now)).subtracting([current]) else { return false }
        for secret in secrets where secret.parent == nil {
            guard let token = try await ledger.token(secret.id.alias), token.id == id,
                token.secret == current,
                token.expiresAt == currentSecret.expiresAt,
                Set(token.pauses.inForce(at: now).map { $0.until ?? .distantFuture })
                    == Set(pauses.values.filter { now < $0 })
            else { return false }
        }
        return true
    }
}

extension Set {
    func filtered(_ isKept: (Element) async throws -> Bool) async rethrows -> Set {
        var kept = Set()
        for element in self where try await isKept(element) { kept.insert(element) }
        return kept
    }
}
