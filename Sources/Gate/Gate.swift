public import HTTPServer
public import Ledger
import Synchronization
public import Tokens

/// What proxies ask: `/verify/{service}` and anything below it, with any method.
///
/// Tokens are answered from memory, on the thread that read the request. So are passwords that were
/// looked at lately; others, where a service still takes them, wait in ``respond(to:)``.
public final class Gate: DirectHandler {
    let index: TokenIndex
    let uses: UseRecorder
    let clock: Clock
    let settings: GateSettings
    private let services: GuardedServices
    private let unknownService: PreparedResponse
    private let grants: GrantCache
    let answers: VerifyResponses
    /// Who knows whose a password is; `nil` where nobody does, so that none passes.
    let owners: (any PasswordOwners)?
    let recent: RecentPasswords
    let verdicts: VerdictCounts
    private let guesses = Mutex(GuessLimiter())

    /// A gate that judges by what `index` holds and tells `uses` of what it granted. Whose a password
    /// is says `owners`, and `recent` for a while; it must be told of the ledger's changes.
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
        answers = VerifyResponses(deskAddress: settings.deskAddress)
        verdicts = settings.verdicts
        services = GuardedServices(
            settings.servicesByName.values, answers: answers, verdicts: settings.verdicts)
        unknownService = PreparedResponse(answers.refuse(.unknownService, service: nil, access: .read))
        grants = GrantCache(shards: settings.threads)
    }

    /// The path under which proxies ask.
    static let path: StaticString = "/verify"

    /// The verdict on a request below `/verify/`; `nil` for any other, and for a password that has to be
    /// looked at first.
    public func answer(_ head: borrowing RequestHead) -> PreparedResponse? {
        var attempt: PasswordAttempt?
        if let answer = answer(head, attempt: &attempt) { return answer }
        return attempt.flatMap(answerLately).map(PreparedResponse.init)
    }

    /// As above, but a password that may pass becomes an attempt.
    func answer(_ head: borrowing RequestHead, attempt: inout PasswordAttempt?) -> PreparedResponse? {
        let target = head.target
        let length = Self.path.utf8CodeUnitCount
        guard target.count > length, target[length] == UInt8(ascii: "/"),
            target.extracting(0..<length).isExactly(Self.path)
        else { return isAstray(head) ? refuseUnknown(head.shard) : nil }
        let start = length + 1
        var end = start
        while end < target.count, target[end] != UInt8(ascii: "/"), target[end] != UInt8(ascii: "?") {
            end += 1
        }
        guard let guarded = services.named(target.extracting(start..<end)) else {
            return refuseUnknown(head.shard)
        }
        return answer(head, guarded, rest: target.extracting(end..<target.count), attempt: &attempt)
    }

    private func refuseUnknown(_ shard: Int) -> PreparedResponse {
        verdicts.refuse(.unknownService, in: verdicts.row(of: nil), shard: shard)
        return unknownService
    }

    private func answer(
        _ head: borrowing RequestHead, _ guarded: GuardedService, rest: Span<UInt8>,
        attempt: inout PasswordAttempt?
    ) -> PreparedResponse? {
        if let denial = settings.staleness.denial(of: index) {
            return refuse(denial, guarded, ServiceRequest(.read, from: nil), shard: head.shard, paths: [])
        }
        let service = guarded.service
        let question = VerifyRequest(head.fields, format: settings.format)
        let now = clock.now
        let address = head.clientAddress(trusting: settings.trustedProxies)
        let request = question.request(method: head.method, rest: rest, of: service, from: address)

        var entry: TokenIndex.Entry?
        if case .token(let digest, let login) = question.credential {
            entry = index.find(digest)
            if let entry, let grant = grants.grant(of: entry, told: guarded.telling, shard: head.shard),
                grant.passes(request, login: login, at: guarded, now: now)
            {
                let likely = grant.counted.load(ordering: .relaxed)
                let counted = record(
                    entry.id, question, guarded, from: address, at: now, shard: head.shard, likely: likely)
                if counted != likely { grant.counted.store(counted, ordering: .relaxed) }
                verdicts.grant(in: guarded.row, shard: head.shard)
                return grant.answer
            }
        }
        return answerAnew(head, guarded, question, request, entry, at: now, attempt: &attempt)
    }

    /// The answer by all that the index holds.
    ///
    /// Not inlined: what it needs would be made ready for each grant that is known, too.
    @inline(never)
    private func answerAnew(
        _ head: borrowing RequestHead, _ guarded: GuardedService, _ question: borrowing VerifyRequest,
        _ request: borrowing ServiceRequest, _ entry: TokenIndex.Entry?, at now: Timestamp,
        attempt: inout PasswordAttempt?
    ) -> PreparedResponse? {
        let service = guarded.service
        let token = index.known(by: question.credential, found: entry)
        let verdict = Verdict.judge(
            question.credential, token: token, service: service, request: request, at: now)
        switch verdict {
        case .grant(let owner, let id):
            record(id, question, guarded, from: request.address, at: now, shard: head.shard)
            verdicts.grant(in: guarded.row, shard: head.shard)
            let answer = PreparedResponse(
                answers.grant(
                    owner, id, expires: token.record?.expiresAt, groups(of: owner, at: service, now)))
            if let entry, case .kept(let holder) = token {
                let grant = GrantCache.Grant(
                    entry: entry, holder: holder, at: guarded, now: now, answer: answer)
                grants.keep(grant, shard: head.shard)
            }
            return answer
        case .anonymous:
            verdicts.grant(.anonymous, in: guarded.row, .verify, shard: head.shard)
            return guarded.anonymous
        case .denial(let denial):
            var told = denial
            if denial == .notAToken, service.passwords.accepts(at: now) {
                attempt = passwordAttempt(
                    head, question, service: service, access: request.access, from: request.address)
                if attempt != nil { return nil }
                told = .neitherTokenNorPassword
            }
            let isGuess = isGuess(question.credential.fingerprint, denial, from: request.address)
            return refuse(
                isGuess ? .tooManyFailures : told, guarded, request, shard: head.shard,
                paths: token.record?.scopes.paths(of: service.name, request.access) ?? [])
        }
    }

    /// What the service is told of its groups. Where not all fit that is an event.
    func groups(of owner: Subject, at service: Service, _ now: Timestamp) -> ToldGroups {
        let told = ToldGroups(of: owner, at: service)
        if told.isPartial { uses.leftOut.note(told, of: owner.id, at: service, now) }
        return told
    }

    private func refuse(
        _ denial: Denial, _ guarded: GuardedService, _ request: borrowing ServiceRequest, shard: Int,
        paths: @autoclosure () -> [ServicePath]
    ) -> PreparedResponse {
        verdicts.refuse(denial, in: guarded.row, shard: shard)
        return guarded.refusal(denial)
            ?? PreparedResponse(
                answers.refuse(
                    denial, service: guarded.service, access: request.access, address: request.address,
                    paths: paths()))
    }

    @discardableResult
    private func record(
        _ token: TokenID, _ question: borrowing VerifyRequest, _ guarded: GuardedService,
        from address: IPAddress?, at now: Timestamp, shard: Int, likely: UInt32 = .max
    ) -> UInt32 {
        let name = guarded.name
        return uses.record(
            token, service: name.span, address: address, userAgent: question.userAgent, at: now,
            shard: shard, likely: likely)
    }

    /// Whether a failing secret is one too many from its address.
    func isGuess(
        _ fingerprint: Int?, _ denial: Denial, from address: IPAddress?
    ) -> Bool {
        guard let fingerprint, denial.isOfGuesses else { return false }
        return guesses.withLock { $0.fail(fingerprint, from: address, at: clock.steady) }
    }
}
