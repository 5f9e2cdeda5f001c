public import Tokens

/// Decoys: secrets that never work, made to be found by somebody who should not look.
///
/// They are no tokens. A node of a version before them does not know them, and so refuses them as unknown, too.
public protocol DecoyLedger: Sendable {
    /// Adds a decoy. Throws ``LedgerError/tooManyTokens`` at ``LedgerLimits/decoysPerSubject``, and
    /// ``LedgerError/noSuchSubject`` where there is no such owner.
    func add(_ decoy: Decoy, digest: TokenDigest, event: Event) async throws(LedgerError)
    func decoy(_ id: TokenID) async throws(LedgerError) -> Decoy?
    /// The decoys of `owner`, or of everybody where that is `nil`, the newest first, at most `limit`. Those that were
    /// revoked are last.
    func decoys(of owner: SubjectID?, limit: Int) async throws(LedgerError) -> [Decoy]
    /// Those of the digests that belong to decoys.
    func decoys(among digests: [TokenDigest]) async throws(LedgerError) -> [TokenDigest: Decoy]
    /// Revokes a decoy: from then on nobody is told of tries. Returns it as it now is; no event is kept where it was revoked
    /// before. Throws ``LedgerError/noSuchToken``.
    @discardableResult
    func revokeDecoy(_ id: TokenID, at now: Timestamp, event: Event) async throws(LedgerError) -> Decoy
    /// Counts tries of decoys, and keeps the latest of each.
    func record(tries: [DecoyTry]) async throws(LedgerError)
}

/// A decoy, without its secret.
public struct Decoy: Hashable, Sendable {
    /// As that of a token, which it looks like.
    public let id: TokenID
    public let owner: SubjectID
    /// Where it was left, in the words of whoever did.
    public let name: TokenName
    public let createdAt: Timestamp
    public var revokedAt: Timestamp?
    /// How often it was tried, and the latest try.
    public var tries: Int
    public var lastTry: DecoyTry?

    public init(
        id: TokenID, owner: SubjectID, name: TokenName, createdAt: Timestamp, revokedAt: Timestamp? = nil,
        tries: Int = 0, lastTry: DecoyTry? = nil
    ) {
        self.id = id
        self.owner = owner
        self.name = name
        self.createdAt = createdAt
        self.revokedAt = revokedAt
        self.tries = tries
        self.lastTry = lastTry
    }
}

/// That somebody tried a decoy.
public struct DecoyTry: Hashable, Sendable {
    public let decoy: TokenID
    public let at: Timestamp
    /// Where it was tried; `jeton` for the desk itself.
    public let service: String
    /// The client's address and name; empty where they are not known.
    public let address: String
    public let client: String
    /// How many tries these were, of which the last was then.
    public let count: Int

    public init(
        _ decoy: TokenID, at: Timestamp, service: String, address: String, client: String, count: Int = 1
    ) {
        self.decoy = decoy
        self.at = at
        self.service = service
        self.address = address
        self.client = client
        self.count = count
    }
}

/// What the gate knows of a decoy.
public struct DecoyRecord: Hashable, Sendable {
    public let id: TokenID
    public let digest: TokenDigest
    public let isRevoked: Bool

    public init(id: TokenID, digest: TokenDigest, isRevoked: Bool) {
        (self.id, self.digest, self.isRevoked) = (id, digest, isRevoked)
    }
}
