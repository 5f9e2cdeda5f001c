internal import Ledger
internal import Synchronization
internal import Tokens

/// The decoys by their digests. There are few, and only what is no token is looked up.
final class DecoyTable: Sendable {
    private struct Entry {
        let id: TokenID
        var isRevoked: Bool
    }

    private let decoys = Mutex<[TokenDigest: Entry]>([:])

    /// The decoy of that digest, unless it was revoked.
    subscript(digest: TokenDigest) -> TokenID? {
        decoys.withLock { $0[digest].flatMap { $0.isRevoked ? nil : $0.id } }
    }

    /// Stores a decoy as it now is. A revocation is final, in whatever order changes arrive.
    func set(_ decoy: DecoyRecord, unlessKnown: Bool = false) {
        decoys.withLock { decoys in
            if let known = decoys[decoy.digest], unlessKnown || known.isRevoked { return }
            decoys[decoy.digest] = Entry(id: decoy.id, isRevoked: decoy.isRevoked)
        }
    }
}
