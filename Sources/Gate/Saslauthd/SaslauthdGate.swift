public import HTTPServer
public import TokenIndex
public import Tokens

/// Speaks saslauthd's protocol, with tokens as passwords, for programs on the same machine that use Cyrus SASL.
///
/// Such a program identifies the person by the *login* it was given, while a proxy learns the login from Jeton. So the
/// login must be the owner's own, byte for byte: no e-mail address, no placeholder such as `__token__`, no other
/// spelling. A program with rules for `alice` would take `ALICE` for another person.
public struct SaslauthdGate: Sendable {
    /// The configuration of one socket.
    public struct Settings: Sendable {
        /// The service that the socket's programs belong to.
        public var service: Service
        /// The access that a login needs; the protocol has no methods.
        public var access: Access
        /// The realm that the program itself adds to a login, if any.
        public var realm: String?
        public var desk: DeskAddress
        public var format: TokenFormat
        /// While the index is stale nothing is granted.
        public var staleness = Staleness.always
        public var verdicts: VerdictCounts?

        public init(
            service: Service, access: Access = .write, realm: String? = nil, desk: DeskAddress,
            format: TokenFormat = .standard
        ) {
            self.service = service
            self.access = access
            self.realm = realm
            self.desk = desk
            self.format = format
        }
    }

    private let index: TokenIndex
    private let uses: UseRecorder
    private let clock: Clock
    private let settings: Settings

    /// The most bytes of a reply's text; older clients have small buffers.
    private static let answerLimit = 200

    /// A gate that judges by `index` and records each grant in `uses`.
    public init(index: TokenIndex, uses: UseRecorder, clock: Clock, settings: Settings) {
        self.index = index
        self.uses = uses
        self.clock = clock
        self.settings = settings
    }

    /// `OK`, or `NO` with a sentence; `nil` if the request is incomplete.
    public func answer(_ bytes: [UInt8]) -> LocalServer.Reply? {
        switch SaslauthdRequest.read(bytes) {
        case .incomplete: nil
        case .malformed:
            LocalServer.Reply(
                Self.framed("NO this is not the protocol of saslauthd"), agent: "", reason: "malformed")
        case .whole(let request): answer(request)
        }
    }

    private func answer(_ request: SaslauthdRequest) -> LocalServer.Reply {
        let program = String(decoding: request.program, as: UTF8.self)
        let agent = program.isEmpty ? "saslauthd" : "saslauthd/\(program)"
        let now = clock.now
        let row = settings.verdicts?.row(of: settings.service.name)
        let denial: Denial
        let judgement = judge(request, agent: agent, at: now)
        switch judgement.verdict {
        case .grant(_, let token):
            if let row { settings.verdicts?.grant(.token, in: row, .saslauthd, shard: nil) }
            let name = settings.service.name.text
            uses.record(
                token.secret, service: name, address: nil, userAgent: agent, access: settings.access, at: now)
            return LocalServer.Reply(Self.framed("OK"), agent: agent, token: token.id.text)
        case .anonymous: denial = .noCredentials  // a program needs a person
        case .denial(let reason): denial = reason
        }
        if let row { settings.verdicts?.refuse(denial, in: row, .saslauthd, shard: nil) }
        return LocalServer.Reply(
            Self.framed("NO \(sentence(of: denial, judgement))"), agent: agent, reason: denial.reason)
    }

    /// A verdict, with what the sentence of a refusal depends on.
    private struct Judgement {
        let verdict: Verdict
        /// The rule by which the token is refused, if it is.
        var rule: BrokenRule?
        var owner: Subject?
    }

    private func judge(_ request: SaslauthdRequest, agent: String, at now: Timestamp) -> Judgement {
        if let denial = settings.staleness.denial(of: index) { return Judgement(verdict: .denial(denial)) }
        guard let login = login(of: request) else { return Judgement(verdict: .denial(.wrongLogin)) }
        let credential = Credential(
            login: Array(login.utf8).span, password: request.password.span, format: settings.format)
        let verdict = index.verdict(
            on: credential, at: settings.service, access: settings.access, now: now)
        switch verdict {
        case .anonymous: return Judgement(verdict: verdict)
        case .grant(let owner, _):
            return login.isExactly(owner.login.text)
                ? Judgement(verdict: verdict) : refused(.wrongLogin, credential, agent, at: now)
        case .denial(let denial): return refused(denial, credential, agent, at: now)
        }
    }

    /// The denial, which is recorded where the token is known.
    private func refused(
        _ denial: Denial, _ credential: Credential, _ agent: String, at now: Timestamp
    ) -> Judgement {
        let token = index.known(by: credential)
        if let record = token.record {
            uses.record(
                refusalOf: record, denial, service: settings.service.name.text, address: nil,
                userAgent: agent, access: settings.access, at: now)
        } else if let decoy = credential.digest.flatMap(index.decoy) {
            uses.record(
                tryOf: decoy, service: settings.service.name.text, address: nil, userAgent: agent, at: now)
        }
        return Judgement(
            verdict: .denial(denial),
            rule: denial == .policy ? token.brokenRule(at: settings.service, now: now) : nil,
            owner: token.owner)
    }

    /// The login as the program knows it. Cyrus SASL splits `alice@example.com` and sends the part after `@` as the
    /// realm. `nil` if the program may drop the realm.
    private func login(of request: SaslauthdRequest) -> String? {
        guard let login = String(validating: request.login, as: UTF8.self),
            let realm = String(validating: request.realm, as: UTF8.self)
        else { return nil }
        if realm.isEmpty || settings.realm.map(realm.isExactly) ?? false { return login }
        // With a realm of the program's own, another realm was typed, and the program may drop it.
        return settings.realm == nil ? "\(login)@\(realm)" : nil
    }

    private func sentence(of denial: Denial, _ judgement: Judgement) -> String {
        let desk = settings.desk.tokens(of: judgement.owner)
        // The usual sentence allows a request without a login.
        if denial == .wrongLogin {
            return
                "this token belongs to another login; log in as its owner, spelled as at \(desk)"
        }
        func sentence(_ link: NewTokenLink) -> String {
            denial.sentence(
                service: settings.service.title, access: settings.access, desk: desk,
                link: link, rule: judgement.rule)
        }
        // A link that is cut off leads nowhere.
        let whole = sentence(NewTokenLink(settings.service.name, settings.access))
        return whole.utf8.count <= Self.answerLimit - "NO ".utf8.count ? whole : sentence(NewTokenLink())
    }

    private static func framed(_ text: String) -> [UInt8] {
        // Truncated between characters, to remain valid UTF-8.
        var words: [UInt8] = []
        for character in text {
            let next = String(character).utf8
            guard words.count + next.count <= answerLimit else { break }
            words += next
        }
        return [UInt8(words.count >> 8), UInt8(words.count & 0xFF)] + words
    }
}
