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
    private let services: [String: Service]
    let answers: Answers
    /// Who knows whose a password is; `nil` where nobody does, so that none passes.
    let owners: (any PasswordOwners)?
    let recent: RecentPasswords
    private let guesses = Mutex(Guesses())

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
        services = settings.servicesByName
        answers = Answers(deskAddress: settings.deskAddress)
    }

    /// The path under which proxies ask.
    private static let prefix: StaticString = "/verify/"

    /// The verdict on a request below `/verify/`; `nil` for any other, and for a password that has to be
    /// looked at first.
    public func answer(_ head: borrowing RequestHead) -> Response? {
        var attempt: PasswordAttempt?
        if let response = answer(head, attempt: &attempt) { return response }
        return attempt.flatMap(answerLately)
    }

    /// As above, but a password that may pass becomes an attempt.
    func answer(_ head: borrowing RequestHead, attempt: inout PasswordAttempt?) -> Response? {
        var response: Response?
        head.withTarget { target in
            let start = Self.prefix.utf8CodeUnitCount
            guard target.count > start, target.extracting(0..<start).isExactly(Self.prefix) else { return }
            let named = target.extracting(start..<target.count)
            let end = named.indices.first { named[$0] == UInt8(ascii: "/") || named[$0] == UInt8(ascii: "?") }
            let length = end ?? named.count
            response = answer(
                head, service: services[named.extracting(0..<length).text],
                rest: named.extracting(length..<named.count), attempt: &attempt)
        }
        return response
    }

    private func answer(
        _ head: borrowing RequestHead, service: Service?, rest: Span<UInt8>,
        attempt: inout PasswordAttempt?
    ) -> Response? {
        guard settings.freshness.isCurrent else {
            return answers.refuse(.stale, service: service, access: .read)
        }
        let question = Question(head, format: settings.format)
        guard let service else { return answers.refuse(.unknownService, service: nil, access: .read) }
        let now = clock.now
        let address = clientAddress(head.peer, question)
        let request = question.request(head, rest: rest, kind: service.kind, from: address)
        let known = index.known(by: question.credential)
        let verdict = Verdict.judge(
            question.credential, token: known, service: service, request: request, at: now)
        switch verdict {
        case .grant(let owner, let token):
            uses.record(
                token, service: service.name.text, address: address, userAgent: question.userAgent, at: now)
            return answers.grant(owner, token)
        case .denial(let denial):
            if denial == .notAToken, service.passwords.accepts(at: now) {
                attempt = passwordAttempt(
                    head, question, service: service, access: request.access, from: address)
                if attempt != nil { return nil }
            }
            let isGuess = isGuess(question.credential.fingerprint, denial, from: address, at: now)
            return answers.refuse(
                isGuess ? .tooManyFailures : denial, service: service, access: request.access,
                address: address,
                paths: known.record?.scopes.paths(of: service.name, request.access) ?? [])
        }
    }

    /// Whether a failing secret is one too many from its address.
    func isGuess(
        _ fingerprint: Int?, _ denial: Denial, from address: IPAddress?, at now: Timestamp
    ) -> Bool {
        guard let address, let fingerprint, denial.isOfGuesses else { return false }
        return guesses.withLock { $0.fail(fingerprint, from: address, at: now) }
    }

    private func clientAddress(_ peer: IPAddress?, _ question: Question) -> IPAddress? {
        IPAddress.client(peer: peer, forwardedFor: question.forwardedFor, trusting: settings.trustedProxies)
    }
}
