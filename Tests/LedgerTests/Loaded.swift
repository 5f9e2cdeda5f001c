import Ledger
import Synchronization
import Tokens

/// What a ledger loads at the start, in order.
struct Loaded: Equatable {
    var subjects: [Subject] = []
    var tokens: [(digest: TokenDigest, record: TokenRecord)] = []
    var policy: SignInPolicy?
    var rules = TokenPolicy()
    var decoys: [DecoyRecord] = []
    /// The number of tokens that was announced.
    var announced: Int?
    var hasEnded = false

    var records: [TokenRecord] { tokens.map(\.record) }
    var ids: Set<TokenID> { Set(records.map(\.id)) }

    /// Records what is loaded, and traps at an order that the protocol does not allow.
    final class Reading: LedgerReader {
        private let kept = Mutex(Loaded())

        var loaded: Loaded { kept.withLock(\.self) }

        func begin(tokens: Int) {
            kept.withLock {
                precondition($0 == Loaded(), "a second beginning")
                $0.announced = tokens
            }
        }

        func read(_ subject: Subject) {
            kept.withLock {
                precondition($0.tokens.isEmpty, "a subject after a token")
                $0.subjects.append(subject)
            }
        }

        func read(_ policy: SignInPolicy?) {
            kept.withLock {
                precondition($0.tokens.isEmpty, "the demand after a token")
                $0.policy = policy
            }
        }

        func read(_ policy: TokenPolicy) {
            kept.withLock {
                precondition($0.tokens.isEmpty, "the rules after a token")
                $0.rules = policy
            }
        }

        func read(_ token: borrowing LoadedToken) throws(LedgerError) {
            let record = try token.record
            let digest = token.digest
            kept.withLock { $0.tokens.append((digest, record)) }
        }

        func read(_ decoy: DecoyRecord) {
            kept.withLock { $0.decoys.append(decoy) }
        }

        func end() {
            kept.withLock {
                precondition(!$0.hasEnded, "a second end")
                $0.hasEnded = true
            }
        }
    }

    static func == (left: Self, right: Self) -> Bool {
        left.subjects == right.subjects && left.records == right.records
            && left.tokens.map(\.digest) == right.tokens.map(\.digest) && left.policy == right.policy
            && left.rules == right.rules && left.decoys == right.decoys
            && left.announced == right.announced && left.hasEnded == right.hasEnded
    }
}

extension LoadedToken {
    fileprivate var record: TokenRecord {
        get throws(LedgerError) {
            guard let scopes = Scopes(text: scopes.text) else { throw .failed(reason: "no scopes") }
            let ranges = addresses.text.split(separator: " ").map { AddressRange(String($0)) }
            guard !ranges.contains(nil) else { throw .failed(reason: "no addresses") }
            return TokenRecord(
                id: id, secret: secret, isPrevious: isPrevious, owner: owner, scopes: scopes,
                addresses: ranges.compactMap(\.self), createdAt: createdAt, expiresAt: expiresAt,
                isRevoked: isRevoked, pauses: pauses, handOver: handOver, isOfJob: isOfJob,
                actors: actors)
        }
    }
}

extension TokenRecord {
    /// The token as an index knows it: without permissions where it is revoked.
    var indexed: TokenRecord {
        guard isRevoked else { return self }
        return TokenRecord(
            id: id, secret: secret, isPrevious: isPrevious, owner: owner, scopes: .only([]), addresses: [],
            createdAt: createdAt, expiresAt: expiresAt, isRevoked: true, pauses: pauses, handOver: handOver,
            isOfJob: isOfJob)
    }
}
