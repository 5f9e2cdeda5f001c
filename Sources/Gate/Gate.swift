public import HTTPServer
public import Ledger
import Synchronization
public import Tokens

/// What proxies ask: `/verify/{service}` and anything below it, with any method.
///
/// Everything is answered from memory, on the thread that read the request.
public final class Gate: DirectHandler {
    private let index: TokenIndex
    private let uses: UseRecorder
    private let clock: Clock
    private let settings: GateSettings
    private let services: [String: Service]
    private let answers: Answers
    private let guesses = Mutex(Guesses())

    /// A gate that judges by what `index` holds and tells `uses` of what it granted.
    public init(index: TokenIndex, uses: UseRecorder, clock: Clock, settings: GateSettings) {
        self.index = index
        self.uses = uses
        self.clock = clock
        self.settings = settings
        services = settings.servicesByName
        answers = Answers(deskAddress: settings.deskAddress)
    }

    /// The path under which proxies ask.
    private static let prefix: StaticString = "/verify/"

    /// The verdict on a request below `/verify/`; `nil` for any other.
    public func answer(_ head: borrowing RequestHead) -> Response? {
        var response: Response?
        head.withTarget { target in
            let start = Self.prefix.utf8CodeUnitCount
            guard target.count > start, target.extracting(0..<start).isExactly(Self.prefix) else { return }
            let named = target.extracting(start..<target.count)
            let end = named.indices.first { named[$0] == UInt8(ascii: "/") || named[$0] == UInt8(ascii: "?") }
            let length = end ?? named.count
            response = answer(
                head, service: services[named.extracting(0..<length).text],
                rest: named.extracting(length..<named.count))
        }
        return response
    }

    private func answer(_ head: borrowing RequestHead, service: Service?, rest: Span<UInt8>) -> Response {
        let question = Question(head, format: settings.format)
        guard let service else { return answers.refuse(.unknownService, service: nil, access: .read) }
        let now = clock.now
        let address = clientAddress(head.peer, question)
        let request = question.request(head, rest: rest, kind: service.kind, from: address)
        let found = question.credential.digest.flatMap(index.find)
        let verdict = Verdict.judge(
            question.credential, token: found?.token, owner: found?.owner, demand: found?.demand,
            service: service, request: request, at: now)
        switch verdict {
        case .grant(let owner, let token):
            uses.record(
                token, service: service.name.text, address: address, userAgent: question.userAgent, at: now)
            return answers.grant(owner, token)
        case .denial(let denial):
            let isGuess = isGuess(question.credential, denial, from: address, at: now)
            return answers.refuse(
                isGuess ? .tooManyFailures : denial, service: service, access: request.access,
                address: address,
                paths: found?.token.scopes.paths(of: service.name, request.access) ?? [])
        }
    }

    /// Whether a failing secret is one too many from its address.
    private func isGuess(
        _ credential: Credential, _ denial: Denial, from address: IPAddress?, at now: Timestamp
    ) -> Bool {
        guard let address, let fingerprint = credential.fingerprint, denial.isOfGuesses else { return false }
        return guesses.withLock { $0.fail(fingerprint, from: address, at: now) }
    }

    private func clientAddress(_ peer: IPAddress?, _ question: Question) -> IPAddress? {
        IPAddress.client(peer: peer, forwardedFor: question.forwardedFor, trusting: settings.trustedProxies)
    }
}
