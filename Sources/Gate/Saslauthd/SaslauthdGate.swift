public import HTTPServer
public import Ledger
public import Tokens

/// Answers what saslauthd would, by tokens: for programs on the same machine that use Cyrus SASL.
///
/// Such a program takes the person for whom the *login* says, where a proxy learns it from Jeton. So the
/// login must be the owner's own here, byte by byte: neither an e-mail address nor a word in its place will
/// do, nor another spelling. A program with rules for `alice` would take `ALICE` for somebody else.
public struct SaslauthdGate: Sendable {
    /// What one socket is for.
    public struct Settings: Sendable {
        /// The service that its programs are.
        public var service: Service
        /// What a login means; the protocol knows no methods.
        public var access: Access
        /// The realm that the program adds to a login by itself, if it does.
        public var realm: String?
        /// The address of My Tokens, for the sentences of refusals.
        public var deskAddress: String
        /// The form of tokens.
        public var format: TokenFormat
        /// Whether what the index knows is current; where it is not, nothing is granted.
        public var staleness = Staleness.always
        /// Where verdicts are counted, if they are.
        public var verdicts: VerdictCounts?

        /// Settings of those parts.
        public init(
            service: Service, access: Access = .write, realm: String? = nil, deskAddress: String,
            format: TokenFormat = .standard
        ) {
            self.service = service
            self.access = access
            self.realm = realm
            self.deskAddress = deskAddress
            self.format = format
        }
    }

    private let index: TokenIndex
    private let uses: UseRecorder
    private let clock: Clock
    private let settings: Settings

    /// The most bytes of an answer's words: older clients have little room for them.
    private static let answerLimit = 200

    /// A gate that judges by what `index` holds and tells `uses` of what it granted.
    public init(index: TokenIndex, uses: UseRecorder, clock: Clock, settings: Settings) {
        self.index = index
        self.uses = uses
        self.clock = clock
        self.settings = settings
    }

    /// `OK`, or `NO` with the sentence; `nil` where the question is not whole yet.
    public func answer(_ bytes: [UInt8]) -> LocalServer.Answer? {
        switch SaslauthdQuestion.read(bytes) {
        case .incomplete: nil
        case .malformed:
            LocalServer.Answer(
                Self.framed("NO this is not the protocol of saslauthd"), agent: "", reason: "malformed")
        case .whole(let question): answer(question)
        }
    }

    private func answer(_ question: SaslauthdQuestion) -> LocalServer.Answer {
        let program = String(decoding: question.program, as: UTF8.self)
        let agent = program.isEmpty ? "saslauthd" : "saslauthd/\(program)"
        let now = clock.now
        let row = settings.verdicts?.row(of: settings.service.name)
        let denial: Denial
        switch judge(question, at: now) {
        case .grant(_, let token):
            if let row { settings.verdicts?.grant(.token, in: row, .saslauthd, shard: nil) }
            let name = settings.service.name.text
            uses.record(token, service: name, address: nil, userAgent: agent, at: now)
            return LocalServer.Answer(Self.framed("OK"), agent: agent, token: token.text)
        case .anonymous: denial = .noCredentials  // a program asks who somebody is, so nobody will not do
        case .denial(let reason): denial = reason
        }
        if let row { settings.verdicts?.refuse(denial, in: row, .saslauthd, shard: nil) }
        return LocalServer.Answer(
            Self.framed("NO \(sentence(of: denial))"), agent: agent, reason: denial.reason)
    }

    private func judge(_ question: SaslauthdQuestion, at now: Timestamp) -> Verdict {
        if let denial = settings.staleness.denial(of: index) { return .denial(denial) }
        guard let login = login(of: question) else { return .denial(.wrongLogin) }
        let credential = Credential(
            login: Array(login.utf8).span, password: question.password.span, format: settings.format)
        let verdict = index.verdict(
            on: credential, at: settings.service, access: settings.access, now: now)
        guard case .grant(let owner, _) = verdict else { return verdict }
        return login.isExactly(owner.login.text) ? verdict : .denial(.wrongLogin)
    }

    /// For whom the program takes the person: Cyrus SASL cuts `alice@example.com` in two and sends what
    /// stands behind the `@` as the realm. `nil` where that cannot be told.
    private func login(of question: SaslauthdQuestion) -> String? {
        guard let login = String(validating: question.login, as: UTF8.self),
            let realm = String(validating: question.realm, as: UTF8.self)
        else { return nil }
        if realm.isEmpty || settings.realm.map(realm.isExactly) ?? false { return login }
        // Where a program adds a realm of its own, another one was typed, and the program may drop it.
        return settings.realm == nil ? "\(login)@\(realm)" : nil
    }

    private func sentence(of denial: Denial) -> String {
        // Elsewhere no login at all would do.
        if denial == .wrongLogin {
            return
                "this token belongs to another login: log in as its owner, spelled as at \(settings.deskAddress)"
        }
        return denial.sentence(
            service: settings.service.title, access: settings.access, desk: settings.deskAddress)
    }

    private static func framed(_ text: String) -> [UInt8] {
        // Cut between characters: half of one is no UTF-8.
        var words: [UInt8] = []
        for character in text {
            let next = String(character).utf8
            guard words.count + next.count <= answerLimit else { break }
            words += next
        }
        return [UInt8(words.count >> 8), UInt8(words.count & 0xFF)] + words
    }
}
