import Synchronization
import TestHouse
import Testing
import TokenIndex
import Tokens

@testable import Ledger

/// A node: a ledger with the index that follows it.
struct ModelNode: Sendable {
    let ledger: any Ledger
    let index: TokenIndex
    /// The number of the latest change that it has followed.
    let followed: @Sendable () -> Int64

    /// What somebody gets at this node who wants to write with that secret.
    func answer(to digest: TokenDigest, at now: Timestamp) throws -> Answer {
        guard case .kept(let holder) = index.known(digest) else { return .unknown }
        let request = ServiceRequest(.write, from: nil)
        let service = Service(name: try ServiceName("maven"))
        return holder.denial(login: .nobody, service: service, request: request, at: now).map { .refused($0) }
            ?? .granted(holder.token.id)
    }
}

/// What a token can have been like since when, for each node, and which time it is for it.
///
/// While changes are under way, all states on the way from before to after are right. Once they were answered and a
/// node was seen to know them, only the last one is right there.
final class ModelledToken: Sendable {
    private struct Known {
        var now: Timestamp
        /// The states that were possible, one after the other.
        var phases: [Set<TokenModel>]
        /// The first phase that is still possible at each node.
        var marks: [Int]
        var digests: [TokenDigest] = []
    }

    let owner: Subject
    private let known: Mutex<Known>

    init(_ model: TokenModel, of owner: Subject, at now: Timestamp, nodes: Int) {
        self.owner = owner
        known = Mutex(
            Known(
                now: now, phases: [[model]], marks: Array(repeating: 0, count: nodes),
                digests: model.secrets.map(\.digest)))
    }

    var now: Timestamp { known.withLock(\.now) }
    /// The states that are possible where nothing is under way: nearly always one.
    var states: Set<TokenModel> { known.withLock { $0.phases[$0.phases.count - 1] } }
    var digests: [TokenDigest] { known.withLock(\.digests) }

    func pass(_ span: TimeSpan) { known.withLock { $0.now = $0.now + span } }

    /// From now on these states are possible, too.
    func begin(_ states: Set<TokenModel>) {
        known.withLock {
            $0.phases.append(states)
            let all = Set(states.flatMap { $0.secrets.map(\.digest) })
            $0.digests += all.subtracting($0.digests)
        }
    }

    /// From now on these states alone are possible, at every node.
    func settle(_ states: Set<TokenModel>) {
        known.withLock {
            $0.phases.append(states)
            for node in $0.marks.indices { $0.marks[node] = $0.phases.count - 1 }
        }
    }

    /// Presents one of the token's secrets at a node, and checks that the answer was right at some moment meanwhile.
    /// Returns it, or `nil` where time passed in between.
    func ask(_ node: ModelNode, _ number: Int, _ choice: Int) throws -> Answer? {
        let (now, mark, digest) = known.withLock {
            ($0.now, $0.marks[number], $0.digests[choice % $0.digests.count])
        }
        let answer = try node.answer(to: digest, at: now)
        let right: Set<Answer>? = known.withLock { known in
            guard known.now == now else { return nil }
            return Set(known.phases[mark...].joined().map { $0.answer(to: digest, at: now) })
        }
        guard let right else { return nil }
        #expect(right.contains(answer), "node \(number)")
        return answer
    }
}
