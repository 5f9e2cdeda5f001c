public import Tokens

/// Receives everything that a ledger holds, at the start, while changes may already arrive.
///
/// The content is that of one moment. A ``Change`` that arrives before or while a record is read is newer than the
/// record, so a record never replaces what a change said.
public protocol LedgerReader: Sendable {
    /// Announces the number of tokens' secrets.
    func begin(tokens: Int)
    func read(_ subject: Subject)
    func read(_ policy: SignInPolicy?)
    func read(_ policy: TokenPolicy)
    /// Receives a token's secret; its owner was read before. Throws ``LedgerError/failed(reason:)`` where its scopes or
    /// addresses are invalid.
    func read(_ token: borrowing LoadedToken) throws(LedgerError)
    func read(_ decoy: DecoyRecord)
    /// Announces the end.
    func end()
}

/// One of a token's secrets while the ledger is loaded: the columns that the gate needs, borrowed from the database
/// for one call.
public struct LoadedToken: ~Copyable, ~Escapable {
    public let digest: TokenDigest
    public let secret: SecretID
    /// The token that the secret belongs to.
    public let id: TokenID
    /// Whether another secret took its place.
    public let isPrevious: Bool
    public let owner: SubjectID
    /// ``Tokens/Scopes/text`` in UTF-8.
    public let scopes: Span<UInt8>
    /// The allowed addresses in CIDR form, separated by spaces.
    public let addresses: Span<UInt8>
    public let createdAt: Timestamp
    /// The moment from which the token is refused.
    public let expiresAt: Timestamp?
    public let isRevoked: Bool
    public let pauses: [Pause]
    public let handOver: HandOver?
    /// Whether a job got it for its identity.
    public let isOfJob: Bool
    /// The agents that act with it on behalf of its owner.
    public let actors: [SubjectID]

    @_lifetime(copy scopes, copy addresses)
    public init(
        digest: TokenDigest, secret: SecretID, id: TokenID, isPrevious: Bool, owner: SubjectID,
        scopes: Span<UInt8>, addresses: Span<UInt8>, createdAt: Timestamp, expiresAt: Timestamp?,
        isRevoked: Bool, pauses: [Pause], handOver: HandOver? = nil, isOfJob: Bool = false,
        actors: [SubjectID] = []
    ) {
        self.digest = digest
        self.secret = secret
        self.id = id
        self.isPrevious = isPrevious
        self.owner = owner
        self.scopes = scopes
        self.addresses = addresses
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.isRevoked = isRevoked
        self.pauses = pauses
        self.handOver = handOver
        self.isOfJob = isOfJob
        self.actors = actors
    }
}

extension [AddressRange] {
    /// The ranges in CIDR form, separated by spaces.
    package var column: String { map(\.description).joined(separator: " ") }

    /// Reads what ``column`` writes; `nil` where a part of it is no range.
    package init?(column: String) {
        let parts = column.split(separator: " ")
        self = parts.compactMap { AddressRange(String($0)) }
        guard count == parts.count else { return nil }
    }
}

extension [Pause] {
    /// The pauses as one text, separated by spaces: `owner,1782907200000,1782910800000,12,` with the source, the
    /// beginning, the end or nothing, the subject or nothing, and `inherited` or nothing.
    package var column: String {
        map { pause in
            let until = pause.until.map { String($0.milliseconds) } ?? ""
            let by = pause.by.map { String($0.number) } ?? ""
            let inherited = pause.isInherited ? "inherited" : ""
            return "\(pause.source.rawValue),\(pause.at.milliseconds),\(until),\(by),\(inherited)"
        }.joined(separator: " ")
    }

    /// Reads what ``column`` writes; `nil` where a part of it is no pause.
    package init?(column: String) {
        self = []
        for part in column.split(separator: " ") {
            let fields = part.split(separator: ",", omittingEmptySubsequences: false)
            guard fields.count == 5, let source = Pause.Source(rawValue: String(fields[0])),
                let at = Int64(fields[1])
            else { return nil }
            append(
                Pause(
                    source: source, at: Timestamp(milliseconds: at),
                    until: Int64(fields[2]).map(Timestamp.init(milliseconds:)),
                    by: Int64(fields[3]).map(SubjectID.init(number:)), isInherited: fields[4] == "inherited"))
        }
    }
}
