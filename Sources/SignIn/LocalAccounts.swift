public import HTTPServer
public import Ledger
public import Sodium
import Synchronization
public import Tokens

/// Accounts with a password of their own: what Jeton has where no identity provider is configured.
public final class LocalAccounts: Sendable {
    private let ledger: any Ledger
    private let sessions: Sessions
    private let clock: Clock
    private let format: TokenFormat
    private let settings: SignInSettings
    private let cookies: Cookies
    private let key: KeyedHash
    private let worker = PasswordWorker()
    /// A hash of nothing anyone knows: unknown logins are checked against it, so that they take as long.
    private let decoy = Mutex<PasswordHash?>(nil)

    /// How long the link to the first account works.
    public static let firstInvitation = TimeSpan.hours(1)
    /// How long a link that an administrator made works.
    public static let invitation = TimeSpan.hours(72)
    private static let deviceLasts = TimeSpan.days(365)

    /// Accounts kept in `ledger`.
    public init(
        ledger: any Ledger, sessions: Sessions, clock: Clock, format: TokenFormat, key: KeyedHash,
        settings: SignInSettings
    ) {
        self.ledger = ledger
        self.sessions = sessions
        self.clock = clock
        self.format = format
        self.key = key
        self.settings = settings
        cookies = Cookies(isSecure: settings.isSecure)
    }

    // MARK: Signing in

    /// Signs a person in. Returns the `Set-Cookie` values of the answer.
    /// Throws ``SignInFault`` or `LedgerError`.
    public func signIn(login: String, password: String, request: Request) async throws -> [String] {
        try await sessions.counts.counting(.password) {
            try await admit(login: login, password: password, request: request)
        }
    }

    private func admit(login: String, password: String, request: Request) async throws -> [String] {
        guard password.utf8.count <= PasswordRules.most else { throw SignInFault.wrongLoginOrPassword }
        let subject: Subject?
        if let login = try? Login(login) {
            subject = try await ledger.subject(login: login)
        } else {
            subject = nil
        }
        let keys = attemptKeys(login: login, subject: subject, request: request)
        try await begin(keys)
        // No password holds one (``PasswordRules``). It counts as a guess, since it costs a stranger as little.
        if format.isFound(in: password) {
            try await recordRefusal(of: nil, "a token in place of a password", request)
            throw SignInFault.tokenAsPassword
        }
        let turn = Self.turn(of: keys)
        guard let subject, let hash = try await right(password, of: subject, turn) else {
            if subject == nil { try await spendTheSame(on: password, turn) }
            try await recordRefusal(of: subject, subject == nil ? "unknown login" : "wrong password", request)
            throw SignInFault.wrongLoginOrPassword
        }
        try await ledger.succeed(keys)
        if subject.isSuspended {
            try await recordRefusal(of: subject, "suspended", request)
            throw SignInFault.suspended
        }
        guard mayUsePassword(subject) else {
            // Whoever knows the password may learn that it is no use; nobody else does.
            try await recordRefusal(of: subject, "a password where the identity provider signs in", request)
            throw SignInFault.providerOnly
        }
        return try await enter(subject, by: hash, request)
    }

    private func enter(
        _ subject: Subject, by hash: PasswordHash, _ request: Request
    ) async throws -> [String] {
        do throws(LedgerError) {
            let session = try await sessions.begin(for: subject, by: hash, at: request)
            return session + [deviceCookie(for: subject)]
        } catch .changedMeanwhile {
            // It was right when it was looked at.
            throw SignInFault.wrongLoginOrPassword
        }
    }

    private static func turn(of keys: [AttemptKey]) -> PasswordTurn {
        keys.contains { $0.isDevice } ? .known : .anybody
    }

    /// Whether a subject may sign in with a password, and be given a link to choose one.
    public func mayUsePassword(_ subject: Subject) -> Bool {
        !settings.hasProvider || subject.isBreakGlass
    }

    /// Whose login and password these are, for a service that still takes passwords; `nil` where they do
    /// not belong together, or are no use here. Takes as long for every login.
    /// Throws ``SignInFault/busy`` or `LedgerError`.
    func owner(
        login: Login, password: String, turn: PasswordTurn = .service
    ) async throws -> SubjectID? {
        guard let subject = try await ledger.subject(login: login) else {
            try await spendTheSame(on: password, turn)
            return nil
        }
        return try await right(password, of: subject, turn) != nil && mayUsePassword(subject)
            ? subject.id : nil
    }

    /// What is kept of `password`, where that is the subject's; `nil` also where it has none.
    private func right(
        _ password: String, of subject: Subject, _ turn: PasswordTurn
    ) async throws -> PasswordHash? {
        guard let kept = try await ledger.passwordHash(of: subject.id) else {
            try await spendTheSame(on: password, turn)
            return nil
        }
        for form in Self.forms(of: password) where try await worker.check(form, against: kept, turn: turn) {
            return form.isExactly(password.normalized) ? kept : await normalized(kept, password, subject)
        }
        return nil
    }

    /// The ways in which a password may have been hashed: in normalization form C, as passwords are since, and
    /// as it comes from this keyboard.
    private static func forms(of password: String) -> [String] { [password.normalized, password].uniqued() }

    /// Hashes a right password anew in normalization form C, so that it is right from any keyboard. Returns what
    /// is kept of it then: the old hash, where that does not work out now.
    private func normalized(_ old: PasswordHash, _ password: String, _ subject: Subject) async -> PasswordHash
    {
        do {
            let hash = try await worker.hash(password.normalized, cost: settings.passwordCost, turn: .known)
            try await ledger.keep(hash, of: subject.id, replacing: old)
            return hash
        } catch {
            return old
        }
    }

    /// Checks a password that is nobody's.
    private func spendTheSame(on password: String, _ turn: PasswordTurn) async throws(SignInFault) {
        for form in Self.forms(of: password) {
            _ = try await worker.check(form, against: decoyHash(turn), turn: turn)
        }
    }

    private func decoyHash(_ turn: PasswordTurn) async throws(SignInFault) -> PasswordHash {
        if let decoy = decoy.withLock({ $0 }) { return decoy }
        let made = try await worker.hash(Cookies.makeSecret(), cost: settings.passwordCost, turn: turn)
        decoy.withLock { $0 = made }
        return made
    }

    private func recordRefusal(of subject: Subject?, _ detail: String, _ request: Request)
        async throws(LedgerError)
    {
        try await sessions.refusals.record(
            detail, of: subject?.id, from: sessions.address(of: request))
    }

    // MARK: Slowing guesses

    /// Counts an attempt, with those on other nodes. Throws ``SignInFault/tooManyAttempts(wait:)`` or `LedgerError`.
    private func begin(_ keys: [AttemptKey]) async throws {
        let now = clock.now
        // Who has to wait is told so without a change, however often they ask.
        if let wait = try await ledger.wait(for: keys, at: now) {
            throw SignInFault.tooManyAttempts(wait: wait)
        }
        if let wait = try await ledger.begin(keys, at: now) { throw SignInFault.tooManyAttempts(wait: wait) }
    }

    private func attemptKeys(login: String, subject: Subject?, request: Request) -> [AttemptKey] {
        if let subject, let device = device(of: subject, in: request) { return [.device(device)] }
        return [
            .account(typed: login),
            .client(at: request.clientAddress(trusting: settings.trustedProxies)),
        ]
    }

    /// A browser that signed in before carries a proof of it, so that its owner is not slowed by what
    /// strangers try elsewhere (OWASP, "device cookies").
    private func deviceCookie(for subject: Subject) -> String {
        let nonce = Cookies.makeSecret()
        return cookies.set(.device, to: "\(nonce).\(deviceProof(nonce, subject))", lasting: Self.deviceLasts)
    }

    private func device(of subject: Subject, in request: Request) -> String? {
        guard let parts = cookies.read(.device, from: request)?.split(separator: "."), parts.count == 2,
            Sodium.equal(Array(parts[1].utf8), Array(deviceProof(String(parts[0]), subject).utf8))
        else { return nil }
        return String(parts[0])
    }

    private func deviceProof(_ nonce: String, _ subject: Subject) -> String {
        Sodium.base64URL(key(Array("device:\(subject.id):\(nonce)".utf8)))
    }

    // MARK: Passwords

    /// The hash of a password that somebody chose for `login`; throws ``SignInFault`` where it is not taken.
    public func hash(_ password: String, for login: Login) async throws(SignInFault) -> PasswordHash {
        do {
            try PasswordRules.check(password, login: login, format: format)
        } catch {
            throw .badPassword(error)
        }
        return try await worker.hash(password.normalized, cost: settings.passwordCost, turn: .known)
    }

    /// Changes the visitor's own password; every other browser of theirs is signed out.
    /// Throws ``SignInFault`` or `LedgerError`.
    public func changePassword(
        of visitor: Visitor, from current: String, to new: String, request: Request
    ) async throws {
        let subject = visitor.subject
        let keys = [AttemptKey.device("session:\(visitor.session.id)")]
        try await begin(keys)
        guard current.utf8.count <= PasswordRules.most,
            let old = try await right(current, of: subject, .known)
        else {
            throw SignInFault.wrongLoginOrPassword
        }
        try await ledger.succeed(keys)
        let hash = try await hash(new, for: subject.login)
        let event = Event(
            .passwordSet, at: clock.now, actor: subject.id, subject: subject.id,
            address: sessions.addressText(of: request))
        do throws(LedgerError) {
            try await ledger.setPassword(
                hash, of: subject.id, replacing: old, keeping: visitor.session.id, event: event)
        } catch .changedMeanwhile {
            throw SignInFault.wrongLoginOrPassword
        }
    }

    // MARK: Invitations

    /// Makes a one-time link's code for `subject`, or for the first account. The code is a secret.
    public func invite(_ subject: SubjectID?) async throws(LedgerError) -> String {
        let code = Cookies.makeSecret()
        let lasting = subject == nil ? Self.firstInvitation : Self.invitation
        try await ledger.add(
            Invitation(digest: Cookies.digest(code), subject: subject, expiresAt: clock.now + lasting))
        return code
    }

    /// Whom a code invites: a subject, or `.some(nil)` for the first account; `nil` where it is not good (any more).
    public func invited(by code: String) async throws(LedgerError) -> Subject?? {
        guard let invitation = try await current(code) else { return nil }
        guard let id = invitation.subject else {
            guard !settings.hasProvider, try await ledger.isEmpty() else { return nil }
            return .some(nil)
        }
        guard let subject = try await ledger.subject(id), !subject.isSuspended, mayUsePassword(subject) else {
            return nil
        }
        return .some(subject)
    }

    /// Sets the password that the invited person chose and signs them in; for the first account, adds
    /// it under `login` as an administrator. Returns the `Set-Cookie` values of the answer.
    /// Throws ``SignInFault`` or `LedgerError`.
    public func accept(
        code: String, login: String, name: String, password: String, request: Request
    ) async throws -> [String] {
        try await sessions.counts.counting(.invitation) {
            try await welcome(code: code, login: login, name: name, password: password, request: request)
        }
    }

    private func welcome(
        code: String, login: String, name: String, password: String, request: Request
    ) async throws -> [String] {
        guard let invited = try await invited(by: code) else { throw SignInFault.invitationUnknown }
        let subject = try invited ?? firstSubject(login: login, name: name)
        let hash = try await hash(password, for: subject.login)
        let event = Event(
            invited == nil ? .subjectAdded : .passwordSet, at: clock.now, actor: subject.id,
            subject: subject.id,
            address: sessions.addressText(of: request), detail: subject.login.text)
        do {
            try await ledger.accept(Cookies.digest(code), as: subject, password: hash, event: event)
        } catch LedgerError.invitationUsed {
            throw SignInFault.invitationUnknown
        }
        do throws(LedgerError) {
            let session = try await sessions.begin(for: subject, by: hash, at: request)
            return session + [deviceCookie(for: subject)]
        } catch .changedMeanwhile {
            throw SignInFault.invitationUnknown
        }
    }

    private func firstSubject(login: String, name: String) throws(SignInFault) -> Subject {
        let taken: Login
        do { taken = try Login(new: login) } catch { throw .badLogin(error) }
        var shown: String?
        if !name.isEmpty {
            do { shown = try PersonName(name).text } catch { throw .badName(error) }
        }
        let now = clock.now
        return Subject(id: .make(at: now), login: taken, name: shown, isAdministrator: true, createdAt: now)
    }

    private func current(_ code: String) async throws(LedgerError) -> Invitation? {
        guard let invitation = try await ledger.invitation(Cookies.digest(code)),
            // Later than any lasts is made under a clock that was ahead.
            (invitation.expiresAt - Self.invitation).isWithin(Self.invitation, before: clock.now)
        else { return nil }
        return invitation
    }
}
