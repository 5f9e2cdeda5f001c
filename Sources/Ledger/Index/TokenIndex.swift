import Sodium
import Synchronization
public import Tokens

/// The ledger's tokens and subjects in memory, as the gate needs them: found by digest.
///
/// It learns every change before the ledger's call returns, so what it answers is never older than
/// what anybody was told. Readers and writers share a lock for the time of one look-up only.
public final class TokenIndex: Sendable {
    private final class Shard: Sendable {
        let tokens = Mutex<[TokenDigest: Token]>([:])
    }

    private let shards = (0..<64).map { _ in Shard() }
    private let people = Mutex(People())

    private struct People {
        var subjects: [SubjectID: Subject] = [:]
        var demand: SignInDemand?
    }

    /// An empty index.
    public init() {}

    /// Takes in a change. Taking one in twice does no harm.
    public func apply(_ change: Change) {
        switch change {
        case .subject(let subject): people.withLock { $0.subjects[subject.id] = subject }
        case .token(let token, let digest): shard(of: digest).tokens.withLock { $0[digest] = token }
        case .signInDemand(let demand): people.withLock { $0.demand = demand }
        case .password: break
        }
    }

    /// The token of that digest with its owner, and how often that one has to sign in; `nil` where no such
    /// token was ever made.
    public func find(_ digest: TokenDigest) -> (token: Token, owner: Subject, demand: SignInDemand?)? {
        guard let token = shard(of: digest).tokens.withLock({ $0[digest] }) else { return nil }
        let (owner, demand) = people.withLock { ($0.subjects[token.owner], $0.demand) }
        return owner.map { (token, $0, demand) }
    }

    /// The subject of that identifier.
    public func subject(_ id: SubjectID) -> Subject? {
        people.withLock { $0.subjects[id] }
    }

    /// How many tokens it holds, revoked ones too.
    public var count: Int {
        shards.reduce(0) { $0 + $1.tokens.withLock(\.count) }
    }

    private func shard(of digest: TokenDigest) -> Shard {
        shards[Int(digest.hash.words.3 & 63)]
    }
}
