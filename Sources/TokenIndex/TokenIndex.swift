public import Ledger
internal import Memory
internal import Sodium
internal import Synchronization
public import Tokens

/// The tokens and subjects of the ledger in memory, as the gate needs them: found by digest.
///
///     if let entry = index.find(secret.digest), let holder = index.holder(of: entry) {
///         // `holder` judges the request: the token, its owner as they now are, the sign-in policy.
///     }
///
/// The index applies every change before the ledger's call returns, so a token whose revocation was answered
/// is refused. ``find(_:)`` takes no lock and allocates nothing; `docs/decisions/0023-index.md` proves why
/// that is correct.
public final class TokenIndex: Sendable {
    let records = RecordTable()
    let permissions = PermissionTable()
    let people = SubjectTable()
    let details = SecretDetails()
    /// The decoys that are not revoked.
    let decoys = DecoyTable()
    let loading: Loading
    private let policies = Mutex(CurrentPolicies())
    /// Held while the permissions of a token are replaced.
    let permissionsLock = Mutex(())
    /// The latest expiry among tokens whose permissions were removed, in milliseconds.
    let latestRemovedExpiry = Atomic(Int64.min)
    /// A version that grows with changes that concern all tokens.
    let generation = Atomic<UInt64>(0)

    private struct CurrentPolicies {
        var current = Policies()
        var wasSignInNotified = false
        var wasTokensNotified = false
    }

    /// An empty index: of an empty ledger, or, with `whole: false`, of one that has yet to be loaded.
    public init(whole: Bool = true) {
        loading = Loading(isWhole: whole)
    }

    /// The number of tokens' secrets, including revoked ones.
    public var count: Int { records.count }
    /// The number of people, including suspended ones.
    public var countOfPeople: Int { people.count - people.countOfAccounts }
    /// The number of service accounts, including suspended ones.
    public var countOfAccounts: Int { people.countOfAccounts }
    /// The memory of the table of tokens.
    public var byteCount: Int { records.byteCount }

    /// Applies a change. Applying it twice does no harm.
    public func apply(_ change: Change) {
        switch change {
        case .subject(let subject): people.set(subject)
        case .secret(let record, let digest): set(record, digest)
        case .signInPolicy(let policy): set(policy, isNotified: true)
        case .tokenPolicy(let policy): set(policy, isNotified: true)
        case .decoy(let decoy): decoys.set(decoy)
        case .password: break
        }
    }

    private func set(_ record: TokenRecord, _ digest: TokenDigest) {
        let new = PackedToken(
            record, owner: people.number(of: record.owner),
            permissions: record.isRevoked
                ? PermissionTable.removed
                : permissions.number(scopes: record.scopes, addresses: record.addresses))
        if new.hasDetails {
            let isOther = details.set(
                .init(
                    token: record.id, pauses: record.pauses, handOver: record.handOver, actors: record.actors),
                of: record.secret)
            // Where the flags stay the same, this invalidates the results that were computed from the details.
            if isOther { generation.wrappingAdd(1, ordering: .acquiringAndReleasing) }
        }
        let (number, isNew) = records.insert(digest.words, new.words)
        if !isNew { permissionsLock.withLock { _ in change(number, to: new) } }
        if !new.hasDetails { details.remove(of: record.secret) }
    }

    private func change(_ number: UInt32, to new: PackedToken) {
        let old = PackedToken(records.words(of: number))
        // A revocation is final, in whatever order changes arrive.
        if new.isRevoked {
            records.store(new.words[PackedToken.identity], at: PackedToken.identity, of: number)
        }
        if new.expiresAt != old.expiresAt {
            records.store(new.words[PackedToken.expiry], at: PackedToken.expiry, of: number)
        }
        if new.words[PackedToken.creation] != old.words[PackedToken.creation] {
            records.store(new.words[PackedToken.creation], at: PackedToken.creation, of: number)
        }
        guard old.permissions != PermissionTable.removed else {
            return permissions.release(of: new.permissions)
        }
        if new.assignment != old.assignment {
            records.store(new.words[PackedToken.assignment], at: PackedToken.assignment, of: number)
            // A result that was computed from the old permissions may be cached under the new ones.
            if !new.isRevoked { generation.wrappingAdd(1, ordering: .acquiringAndReleasing) }
        }
        // The token counts once, however often its permissions were interned.
        permissions.release(of: old.permissions)
    }

    /// Removes the permissions of tokens that expired more than a day ago, where there are many.
    public func sweep(at now: Timestamp) {
        sweep(at: now, from: 10_000)
    }

    func sweep(at now: Timestamp, from least: Int) {
        guard permissions.count >= least else { return }
        for number in 0..<UInt32(records.count) {
            permissionsLock.withLock { _ in
                let token = PackedToken(records.words(of: number))
                guard token.permissions != PermissionTable.removed, let end = token.expiresAt,
                    end < now - .days(1)
                else { return }
                if end.milliseconds > latestRemovedExpiry.load(ordering: .relaxed) {
                    latestRemovedExpiry.store(end.milliseconds, ordering: .releasing)
                }
                let bare = PackedToken.assignment(
                    owner: token.owner, permissions: PermissionTable.removed)
                records.store(bare, at: PackedToken.assignment, of: number)
                permissions.release(of: token.permissions)
            }
        }
    }

    /// Stores the sign-in policy: one that was read may be older than one that was notified.
    func set(_ policy: SignInPolicy?, isNotified: Bool) {
        policies.withLock { kept in
            if !isNotified, kept.wasSignInNotified { return }
            kept.current.signIn = policy
            kept.wasSignInNotified = isNotified
            generation.wrappingAdd(1, ordering: .acquiringAndReleasing)
        }
    }

    /// Stores the operator's rules about tokens, likewise.
    func set(_ policy: TokenPolicy, isNotified: Bool) {
        policies.withLock { kept in
            if !isNotified, kept.wasTokensNotified { return }
            kept.current.tokens = policy
            kept.wasTokensNotified = isNotified
            generation.wrappingAdd(1, ordering: .acquiringAndReleasing)
        }
    }

    // MARK: Finding

    /// Has the processor fetch what ``find(_:)`` reads first. Returns at once.
    public func prefetch(_ digest: TokenDigest) { records.prefetch(digest.words) }

    /// The number of the entry that ``find(_:)`` will probably find, which the processor fetches meanwhile; `nil` where
    /// it will probably find none. A hint only: another token's number is possible.
    public func likelyNumber(of digest: TokenDigest) -> UInt32? { records.likelyNumber(of: digest.words) }

    /// Finds a token by its digest; `nil` where it is unknown. ``holder(of:)`` returns the rest. Takes no
    /// lock and allocates nothing.
    public func find(_ digest: TokenDigest) -> Entry? {
        guard let record = records.find(digest.words) else { return nil }
        let words = PackedToken(record.words)
        let version = people.version(of: words.owner) &+ generation.load(ordering: .acquiring)
        return Entry(number: record.number, version: version, words: words)
    }

    /// The token of an entry with its owner as they now are and the policies; `nil` where the owner is
    /// unknown.
    public func holder(of entry: Entry) -> Verdict.Holder? {
        let words = entry.words
        guard let owner = people.subject(words.owner) else { return nil }
        // Removed permissions allow nothing. Where they were removed since the entry was read, the token was
        // revoked before that.
        let permissions = permissions[words.permissions]
        let isRevoked =
            words.isRevoked || permissions == nil && PackedToken(records.words(of: entry.number)).isRevoked
        let details = words.hasDetails ? details[words.secret] : nil
        let token = TokenRecord(
            id: details?.token ?? words.secret.alias, secret: words.secret, isPrevious: words.isPrevious,
            owner: owner.id, scopes: permissions?.scopes ?? .only([]),
            addresses: permissions?.addresses ?? [],
            createdAt: words.createdAt, expiresAt: words.expiresAt, isRevoked: isRevoked,
            pauses: details?.pauses ?? [], handOver: details?.handOver, isOfJob: words.isOfJob,
            actors: details?.actors ?? [])
        return Verdict.Holder(
            token: token, owner: owner, formerOwner: token.formerOwner.flatMap(people.subject),
            policies: policies.withLock(\.current), actors: token.actors.compactMap(people.subject))
    }

    /// What is known about the token of that digest.
    public func known(_ digest: TokenDigest) -> KnownToken {
        // Read first: a token that is not found below may have been loaded by then.
        let isWhole = loading.isWhole
        guard let holder = find(digest).flatMap(holder) else { return isWhole ? .unknown : .unread }
        return .kept(holder)
    }

    /// What is known about the token that `credential` presents.
    public func known(by credential: Credential) -> KnownToken {
        credential.digest.map(known) ?? .unknown
    }

    /// The decoy of that digest; `nil` where there is none. It is looked for wherever a token is not known, so that a
    /// decoy is refused in the same time as any other unknown one.
    public func decoy(_ digest: TokenDigest) -> TokenID? { decoys[digest] }

    public func subject(_ id: SubjectID) -> Subject? { people.subject(id) }
}

extension TokenDigest {
    /// The key in ``Memory/RecordTable``.
    var words: Words { Words(hash.words.0, hash.words.1, hash.words.2, hash.words.3) }
}
