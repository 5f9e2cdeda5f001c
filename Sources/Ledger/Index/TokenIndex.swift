internal import Memory
internal import Sodium
internal import Synchronization
public import Tokens

/// The ledger's tokens and subjects in memory, as the gate needs them: found by digest.
///
/// It learns every change before the ledger's call returns, so what it answers is never older than
/// what anybody was told. Who looks a token up waits for nobody; `docs/decisions/0023-index.md` tells why
/// that is right.
public final class TokenIndex: Sendable {
    let records = RecordTable()
    let permissions = PermissionTable()
    let people = SubjectTable()
    let loading: Loading
    private let policy = Mutex(CurrentPolicy())
    /// Held by whoever has a token hold other terms than it did.
    let holding = Mutex(())
    /// The latest expiry of a token whose terms were let go of, in milliseconds.
    let latestGone = Atomic(Int64.min)
    /// Changes with what concerns all tokens at once.
    let generation = Atomic<UInt64>(0)

    private struct CurrentPolicy {
        var current: SignInPolicy?
        var wasTold = false
    }

    /// An empty index: of an empty ledger, or, where it is not `whole`, of one that is yet to be read.
    public init(whole: Bool = true) {
        loading = Loading(isWhole: whole)
    }

    /// How many tokens it holds, revoked ones too.
    public var count: Int { records.count }
    /// How many subjects it holds, suspended ones too.
    public var countOfPeople: Int { people.count }
    /// How many bytes its table of tokens takes.
    public var byteCount: Int { records.byteCount }

    /// Takes in a change. Taking one in twice does no harm.
    public func apply(_ change: Change) {
        switch change {
        case .subject(let subject): people.set(subject)
        case .token(let token, let digest): set(token, digest)
        case .signInPolicy(let policy): set(policy, isTold: true)
        case .password: break
        }
    }

    private func set(_ token: Token, _ digest: TokenDigest) {
        let isRevoked = token.revocation != nil
        let new = PackedToken(
            id: token.id, isRevoked: isRevoked, owner: people.number(of: token.owner),
            permissions: isRevoked ? PermissionTable.gone : permissions.number(of: token),
            expiresAt: token.expiresAt,
            createdAt: token.createdAt)
        let (number, isNew) = records.insert(digest.words, new.words)
        if isNew { return }
        holding.withLock { _ in change(number, to: new) }
    }

    private func change(_ number: UInt32, to new: PackedToken) {
        let old = PackedToken(records.words(of: number))
        // Revoked tokens never come back, whatever order one hears of things in.
        if new.isRevoked { records.store(new.words[PackedToken.name], at: PackedToken.name, of: number) }
        if new.expiresAt != old.expiresAt {
            records.store(new.words[PackedToken.end], at: PackedToken.end, of: number)
        }
        guard old.permissions != PermissionTable.gone else { return permissions.letGo(of: new.permissions) }
        if new.holding != old.holding {
            records.store(new.words[PackedToken.holding], at: PackedToken.holding, of: number)
            // No ledger changes these otherwise. If one did, all that anybody made of any token would be made again.
            if !new.isRevoked { generation.wrappingAdd(1, ordering: .acquiringAndReleasing) }
        }
        // It has them once, however often they were asked for.
        permissions.letGo(of: old.permissions)
    }

    /// Lets go of what tokens may do that have expired for more than a day, where there is much of it.
    public func sweep(at now: Timestamp) {
        sweep(at: now, from: 10_000)
    }

    func sweep(at now: Timestamp, from least: Int) {
        guard permissions.count >= least else { return }
        for number in 0..<UInt32(records.count) {
            holding.withLock { _ in
                let words = PackedToken(records.words(of: number))
                guard words.permissions != PermissionTable.gone, let end = words.expiresAt,
                    end < now - .days(1)
                else {
                    return
                }
                if end.milliseconds > latestGone.load(ordering: .relaxed) {
                    latestGone.store(end.milliseconds, ordering: .releasing)
                }
                let bare = PackedToken(
                    id: words.id, isRevoked: words.isRevoked, owner: words.owner,
                    permissions: PermissionTable.gone,
                    expiresAt: end, createdAt: words.createdAt)
                records.store(bare.holding, at: PackedToken.holding, of: number)
                permissions.letGo(of: words.permissions)
            }
        }
    }

    /// Takes in what is demanded, whether that is told, or read and so perhaps older than what was told.
    func set(_ policy: SignInPolicy?, isTold: Bool) {
        self.policy.withLock { kept in
            if !isTold, kept.wasTold { return }
            kept = CurrentPolicy(current: policy, wasTold: isTold)
            generation.wrappingAdd(1, ordering: .acquiringAndReleasing)
        }
    }

    // MARK: Finding

    /// The token of that digest, with which ``holder(of:)`` tells more; `nil` where none is known.
    /// Waits for nobody and allocates nothing.
    public func find(_ digest: TokenDigest) -> Entry? {
        guard let record = records.find(digest.words) else { return nil }
        let words = PackedToken(record.words)
        let version = people.version(of: words.owner) &+ generation.load(ordering: .acquiring)
        return Entry(number: record.number, version: version, words: words)
    }

    /// The token that was found, its owner as it is now, and how often that one has to sign in; `nil`
    /// where the owner is not known.
    public func holder(of entry: Entry) -> Verdict.Holder? {
        let words = entry.words
        guard let owner = people.subject(words.owner) else { return nil }
        // What is gone allows nothing. Where it went since the entry was read, the token was revoked before.
        let permissions = permissions[words.permissions]
        let isRevoked =
            words.isRevoked || permissions == nil && PackedToken(records.words(of: entry.number)).isRevoked
        let token = TokenRecord(
            id: words.id, owner: owner.id, scopes: permissions?.scopes ?? .only([]),
            addresses: permissions?.addresses ?? [],
            createdAt: words.createdAt, expiresAt: words.expiresAt, isRevoked: isRevoked)
        return Verdict.Holder(token: token, owner: owner, policy: policy.withLock(\.current))
    }

    /// What is known of the token of that digest.
    public func known(_ digest: TokenDigest) -> KnownToken {
        // Asked first: what is not found now may have been read when this is asked.
        let isWhole = loading.isWhole
        guard let holder = find(digest).flatMap(holder) else { return isWhole ? .unknown : .unread }
        return .kept(holder)
    }

    /// What is known of the token that `credential` presents, if it does.
    public func known(by credential: Credential) -> KnownToken {
        credential.digest.map(known) ?? .unknown
    }

    /// The subject of that identifier.
    public func subject(_ id: SubjectID) -> Subject? { people.subject(id) }
}

extension TokenDigest {
    /// The key under which ``Memory/RecordTable`` keeps it.
    var words: Words { Words(hash.words.0, hash.words.1, hash.words.2, hash.words.3) }
}
