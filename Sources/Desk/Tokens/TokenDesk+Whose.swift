public import Ledger
public import Tokens

/// What the desk knows of something that may belong to a token.
public enum WhoseAnswer: Hashable, Sendable {
    /// Nothing was typed.
    case nothing
    /// The whole secret of a token.
    case secret(FoundToken, SecretState)
    /// A secret of a token of somebody else, which the asker may not see.
    case notYours
    /// The form of a secret, and none of this desk.
    case unknownSecret
    /// A part of a secret, or a damaged one, by which no token can be found.
    case brokenSecret
    /// The tokens of that identifier, owner or name, the newest first, and whether there are more.
    case tokens([FoundToken], hasMore: Bool)

    /// A token with what tells its owner and its use.
    public struct FoundToken: Hashable, Sendable {
        public let token: Token
        public let owner: Subject
        /// The latest use; `nil` where the token was never used.
        public let lastUse: Use?
    }

    /// Which of a token's secrets one is.
    public enum SecretState: Hashable, Sendable {
        case current
        /// It was replaced, and works until `endsAt`.
        case previous(endsAt: Timestamp?)
        /// It was replaced, and no longer works.
        case ended
    }
}

extension TokenDesk {
    /// The most tokens that an answer has.
    static let whoseLimit = 20

    /// The tokens that `text` belongs to: a whole secret, wherever it stands in the text, an identifier or alias, a
    /// login, or a part of a name. Those that `person` manages, also as a steward of service accounts; those of
    /// everybody where that is `nil`, which is for administrators.
    ///
    /// Takes secrets in any state, and does not count as a use. To others than administrators, it tells of somebody
    /// else's token only that it is one of this desk, and only to who holds its whole secret.
    public func whose(_ text: String, of person: Subject?) async throws(DeskFault) -> WhoseAnswer {
        guard text.unicodeScalars.contains(where: { !$0.properties.isWhitespace }) else { return .nothing }
        if let secret = format.secret(in: text) { return try await whose(secret, of: person) }
        // A part of a secret is looked for nowhere, and shown to nobody.
        guard format.likeness(of: text) == .none else { return .brokenSecret }
        let typed = text.split(whereSeparator: \.isWhitespace).joined(separator: " ").beginning(bytes: 400)
        if let id = TokenID(typed),
            let token = try await read({ () throws(LedgerError) in try await ledger.token(id) }),
            let found = try await found(token), isManaged(found, by: person)
        {
            return .tokens([found], hasMore: false)
        }
        guard let person else {
            let owner = try await self.owner(typed)
            return try await tokens(of: [owner?.id], search: owner == nil ? typed : nil)
        }
        let accounts = try await stewarded(by: person)
        if let account = accounts.first(where: { $0.login.folded.isExactly(typed.folded) }) {
            return try await tokens(of: [account.id], search: nil)
        }
        return try await tokens(of: [person.id] + accounts.map(\.id), search: typed)
    }

    /// The newest tokens of these owners, where `nil` is everybody.
    private func tokens(of owners: [SubjectID?], search: String?) async throws(DeskFault) -> WhoseAnswer {
        var found: [ListedToken] = []
        var hasMore = false
        for owner in owners {
            let list = try await list(
                TokenQuery(owner: owner, now: clock.now, search: search, limit: Self.whoseLimit))
            found += list.tokens
            hasMore = hasMore || list.next != nil
        }
        if owners.count > 1 { found.sort { $0.token.secret > $1.token.secret } }
        return .tokens(
            found.prefix(Self.whoseLimit).map {
                WhoseAnswer.FoundToken(token: $0.token, owner: $0.owner, lastUse: $0.lastUse)
            }, hasMore: hasMore || found.count > Self.whoseLimit)
    }

    private func isManaged(_ found: WhoseAnswer.FoundToken, by person: Subject?) -> Bool {
        guard let person else { return true }
        return person.id == found.owner.id || found.owner.isStewarded(by: person)
    }

    private func whose(_ secret: TokenSecret, of person: Subject?) async throws(DeskFault) -> WhoseAnswer {
        let digest = secret.digest
        let known = try await read { () throws(LedgerError) in try await ledger.token(digest) }
        guard let known, let found = try await found(known.token) else { return .unknownSecret }
        guard isManaged(found, by: person) else { return .notYours }
        guard known.secret != known.token.secret else { return .secret(found, .current) }
        let previous = try await previousSecrets(of: known.token).first { $0.id == known.secret }
        return .secret(found, previous.map { .previous(endsAt: $0.endsAt) } ?? .ended)
    }

    private func found(_ token: Token) async throws(DeskFault) -> WhoseAnswer.FoundToken? {
        let owner = try await read { () throws(LedgerError) in try await ledger.subject(token.owner) }
        guard let owner else { return nil }
        return WhoseAnswer.FoundToken(token: token, owner: owner, lastUse: try await lastUse(of: token))
    }

    /// The subject with exactly that login.
    private func owner(_ text: String) async throws(DeskFault) -> Subject? {
        guard let login = try? Login(text) else { return nil }
        return try await read { () throws(LedgerError) in try await ledger.subject(login: login) }
    }
}
