public import HTTPServer
import Synchronization
public import TokenIndex
public import Tokens

/// Answers proxies: `/verify/{service}` and anything below it, with any method.
///
/// Tokens are answered from memory, on the thread that read the request, and so are passwords in the cache
/// (``RecentPasswords``). Other passwords, where a service still takes them, are checked by ``respond(to:)``, which
/// may wait.
///
/// ```text
/// GET /verify/maven                        200, Remote-User: alice
/// Authorization: Basic alice:jtn_…   ──▶   X-Jeton-Token: tok_…
/// X-Original-Method: PUT
/// X-Original-URI: /maven/org/a.jar         403, X-Jeton-Reason: insufficient_scope
/// ```
public final class Gate: DirectHandler {
    let index: TokenIndex
    let uses: UseRecorder
    let clock: Clock
    let settings: GateSettings
    private let services: GuardedServices
    private let unknownService: PreparedResponse
    let grants: GrantCache
    let responses: VerifyResponses
    /// Checks passwords; with `nil` every password is refused.
    let owners: (any PasswordOwners)?
    let recent: RecentPasswords
    let verdicts: VerdictCounts
    private let guesses = Mutex(GuessLimiter())

    /// A gate that judges by `index` and records each grant in `uses`. `owners` checks passwords; `recent` caches the
    /// results and must be subscribed to ledger changes.
    public init(
        index: TokenIndex, uses: UseRecorder, clock: Clock, settings: GateSettings,
        owners: (any PasswordOwners)? = nil, recent: RecentPasswords = RecentPasswords()
    ) {
        self.index = index
        self.uses = uses
        self.clock = clock
        self.settings = settings
        self.owners = owners
        self.recent = recent
        responses = VerifyResponses(desk: settings.desk)
        verdicts = settings.verdicts
        services = GuardedServices(
            settings.servicesByName.values, responses: responses, verdicts: settings.verdicts)
        unknownService = PreparedResponse(responses.refuse(.unknownService, service: nil, access: .read))
        grants = GrantCache(shards: settings.threads)
    }

    /// A service's address, which stands also for what is below it.
    public var routes: [Router.Route] {
        [Router.Route(method: Router.Route.anyMethod, pattern: "/verify/{service}")]
    }

    /// The verdict on a request below `/verify/`; `nil` for any other request, and for a password that is not in the
    /// cache.
    public func answer(_ head: borrowing RequestHead) -> PreparedResponse? {
        switch outcome(of: head) {
        case .answered(let answer): answer
        case .password(let attempt): answerLately(attempt).map(PreparedResponse.init)
        case .notMine: nil
        }
    }

    func outcome(of head: borrowing RequestHead) -> VerifyOutcome {
        guard let path = VerifyPath(head.target) else {
            return isMisdirected(head) ? refuseUnknown(head.shard) : .notMine
        }
        guard let guarded = services.named(path.service) else { return refuseUnknown(head.shard) }
        return outcome(of: head, guarded, proxyPath: path.proxyPath)
    }

    private func refuseUnknown(_ shard: Int) -> VerifyOutcome {
        verdicts.refuse(.unknownService, in: verdicts.row(of: nil), shard: shard)
        return .answered(unknownService)
    }

    private func outcome(
        of head: borrowing RequestHead, _ guarded: GuardedService, proxyPath: Span<UInt8>
    ) -> VerifyOutcome {
        if let denial = settings.staleness.denial(of: index) {
            return .answered(
                refuse(denial, guarded, ServiceRequest(.read, from: nil), shard: head.shard, paths: []))
        }
        let service = guarded.service
        let request = VerifyRequest(head.fields, format: settings.format)
        // Memory is fetched while the rest of the request is read.
        let digest = request.credential.digest
        if let digest { index.prefetch(digest) }
        let now = clock.now
        let address = head.clientAddress(trusting: settings.trustedProxies)
        if let number = digest.flatMap(index.likelyNumber) {
            grants.prefetch(number, at: guarded.number, shard: head.shard)
        }
        let original = request.original(
            method: head.method, proxyPath: proxyPath, of: service, from: address)

        if original.hasQuery { lookIntoQuery(of: original, at: guarded, now) }
        var entry: TokenIndex.Entry?
        if case .token(let digest, let login) = request.credential {
            entry = index.find(digest)
            if request.isPlain, let entry { note(plain: entry, head, at: guarded, from: address, now) }
            if let entry,
                let answer = cachedAnswer(to: head, entry, login, guarded, request, original, at: now)
            {
                return .answered(answer)
            }
        }
        return outcomeAnew(of: head, guarded, request, original, entry, at: now)
    }

    /// The answer to a request that was granted before, and is again.
    private func cachedAnswer(
        to head: borrowing RequestHead, _ entry: TokenIndex.Entry, _ login: PresentedLogin,
        _ guarded: GuardedService, _ request: borrowing VerifyRequest, _ original: borrowing ServiceRequest,
        at now: Timestamp
    ) -> PreparedResponse? {
        grants.withGrant(of: entry, at: guarded.number, shard: head.shard) { grant, cached in
            let isGranted =
                grant.isValid(original.access, at: now) && login.isNobody(or: cached.login)
                || cached.holder?.denies(login, original, at: guarded.service, now) == false
            guard isGranted, let answer = head.response(cached.block, token: cached.token) else { return nil }
            grant.counted = record(
                entry.secret, request, guarded, original.access, from: original.address, at: now,
                shard: head.shard, hint: grant.counted)
            verdicts.grant(in: guarded.row, shard: head.shard)
            return answer
        }
    }

    /// Judges without the grant cache.
    ///
    /// Never inlined: its set-up would slow down every cached grant.
    @inline(never)
    private func outcomeAnew(
        of head: borrowing RequestHead, _ guarded: GuardedService, _ request: borrowing VerifyRequest,
        _ original: borrowing ServiceRequest, _ entry: TokenIndex.Entry?, at now: Timestamp
    ) -> VerifyOutcome {
        let service = guarded.service
        let token = index.known(by: request.credential, found: entry)
        let verdict = Verdict.judge(
            request.credential, token: token, service: service, request: original, at: now)
        switch verdict {
        case .grant(let owner, let granted):
            record(
                granted.secret, request, guarded, original.access, from: original.address, at: now,
                shard: head.shard)
            verdicts.grant(in: guarded.row, shard: head.shard)
            let answer = responses.grant(
                owner, granted.id, expires: granted.expiresAt, groups(of: owner, at: service, now),
                actor: token.actor)
            // The pauses of a token are not part of its entry, and neither are its former owner and its agents.
            if let entry, !entry.isPaused, !entry.isHandedOver, !entry.isDelegated,
                case .kept(let holder) = token
            {
                keep(
                    Grant(entry, of: holder, at: guarded, now: now), answer, holder, request, original,
                    shard: head.shard)
            }
            return .answered(PreparedResponse(answer))
        case .anonymous:
            verdicts.grant(.anonymous, in: guarded.row, .verify, shard: head.shard)
            return .answered(guarded.anonymous)
        case .denial(let denial):
            return outcome(denying: denial, token, of: head, guarded, request, original, at: now)
        }
    }

    private func keep(
        _ grant: Grant, _ answer: Response, _ holder: Verdict.Holder, _ request: borrowing VerifyRequest,
        _ original: borrowing ServiceRequest, shard: Int
    ) {
        guard case .token(_, let login) = request.credential else { return }
        grants.keep(
            grant, FieldBlock(answer),
            login: login.isEmpty ? Array(holder.owner.login.text.utf8) : login.copied,
            holder: grant.isDecidedByTime(original.access) ? nil : CachedHolder(holder), shard: shard)
    }

    /// Refuses a credential, unless it can be a password that the service still takes.
    private func outcome(
        denying denial: Denial, _ token: KnownToken, of head: borrowing RequestHead,
        _ guarded: GuardedService, _ request: borrowing VerifyRequest, _ original: borrowing ServiceRequest,
        at now: Timestamp
    ) -> VerifyOutcome {
        let service = guarded.service
        var shown = denial
        if denial == .notAToken, service.passwords.accepts(at: now) {
            if let attempt = passwordAttempt(
                head, request, service: service, access: original.access, from: original.address)
            {
                return .password(attempt)
            }
            shown = .neitherTokenNorPassword
        }
        if let record = token.record {
            uses.record(
                refusalOf: record, denial, service: service.name.text, address: original.address,
                userAgent: request.userAgent, access: original.access, at: now)
        } else if let decoy = request.credential.digest.flatMap(index.decoy) {
            uses.record(
                tryOf: decoy, service: service.name.text, address: original.address,
                userAgent: request.userAgent, at: now)
        }
        notice(denial, of: token.record, at: service, from: original.address, now)
        let isGuess = isGuess(request.credential.fingerprint, denial, from: original.address)
        return .answered(
            refuse(
                isGuess ? .tooManyFailures : shown, guarded, original, shard: head.shard,
                paths: token.record?.scopes.paths(of: service.name, original.access) ?? [],
                pause: token.record?.pauses.longest(at: now),
                rule: token.brokenRule(at: service, now: now), owner: token.owner))
    }

    /// The groups for `Remote-Groups`. Leaving some out is recorded as an event.
    func groups(of owner: Subject, at service: Service, _ now: Timestamp) -> GroupsHeader {
        let header = GroupsHeader(of: owner, at: service)
        if header.isPartial { uses.partialGroups.note(header, of: owner.id, at: service, now) }
        return header
    }

    private func refuse(
        _ denial: Denial, _ guarded: GuardedService, _ original: borrowing ServiceRequest, shard: Int,
        paths: @autoclosure () -> [ServicePath], pause: @autoclosure () -> Pause? = nil,
        rule: @autoclosure () -> BrokenRule? = nil, owner: Subject? = nil
    ) -> PreparedResponse {
        verdicts.refuse(denial, in: guarded.row, shard: shard)
        // Of a service account, it leads to the account's page.
        if owner?.isPerson ?? true, let prepared = guarded.refusal(denial, original.access) {
            return prepared
        }
        let rule = denial == .policy ? rule() : nil
        let narrows = denial == .insufficientScope || rule?.rule == .narrowed
        let path = narrows ? guarded.service.narrowestPath(of: original) : nil
        return PreparedResponse(
            responses.refuse(
                denial, service: guarded.service, access: original.access, address: original.address,
                paths: paths(), path: path, pause: pause(), rule: rule,
                owner: owner))
    }

    @discardableResult
    private func record(
        _ secret: SecretID, _ request: borrowing VerifyRequest, _ guarded: GuardedService, _ access: Access,
        from address: IPAddress?, at now: Timestamp, shard: Int, hint: TallySlot = .unknown
    ) -> TallySlot {
        let name = guarded.name
        return uses.record(
            secret, service: name.span, address: address, userAgent: request.userAgent, access: access,
            at: now,
            shard: shard, hint: hint)
    }

    /// Counts a failed secret; `true` when its address has tried too many different ones.
    func isGuess(
        _ fingerprint: Int?, _ denial: Denial, from address: IPAddress?
    ) -> Bool {
        guard let fingerprint, denial.countsAsGuess else { return false }
        return guesses.withLock { $0.fail(fingerprint, from: address, at: clock.steady) }
    }
}

/// What the gate makes of a request.
enum VerifyOutcome {
    case answered(PreparedResponse)
    /// A password that has to be checked, which may wait.
    indirect case password(PasswordAttempt)
    /// The request is not for the gate.
    case notMine
}
