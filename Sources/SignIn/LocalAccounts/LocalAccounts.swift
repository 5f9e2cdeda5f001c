public import HTTPServer
public import Ledger
public import Sodium
import Synchronization
public import Tokens

/// Accounts with a password of their own: what Jeton has where no identity provider is configured.
public final class LocalAccounts: Sendable {
    let ledger: any SubjectLedger & PasswordLedger & AttemptLedger
    public let sessions: Sessions
    let clock: Clock
    let format: TokenFormat
    let settings: SignInSettings
    let cookies: Cookies
    let key: KeyedHash
    let worker = PasswordWorker()
    /// A hash of a random password. Unknown logins are checked against it, so that they take as long.
    let decoy = Mutex<PasswordHash?>(nil)

    /// How long a link to the first administrator's account works.
    public static let firstInvitation = TimeSpan.hours(1)
    /// How long a link that an administrator created works.
    public static let invitation = TimeSpan.hours(72)
    static let deviceLasts = TimeSpan.days(365)

    public init(
        ledger: any SubjectLedger & PasswordLedger & AttemptLedger, sessions: Sessions, clock: Clock,
        format: TokenFormat, key: KeyedHash,
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

    /// Signs a person in by login, or by an e-mail address that only one account with a password has. Returns
    /// the `Set-Cookie` values of the response. Throws ``SignInFault`` or `LedgerError`.
    public func signIn(login: String, password: String, request: Request) async throws -> [String] {
        try await sessions.counts.counting(.password) {
            try await admit(login: login, password: password, request: request)
        }
    }

    /// The subject of a login as typed, or of an e-mail address that only one account has.
    private func subject(typed text: String) async throws(LedgerError) -> Subject? {
        guard let read = (try? Login(text))?.text ?? (try? EmailAddress(text))?.text else { return nil }
        return try await ledger.subject(signingInAs: read)
    }

    private func admit(login: String, password: String, request: Request) async throws -> [String] {
        guard password.utf8.count <= PasswordRules.most else { throw SignInFault.wrongLoginOrPassword }
        let subject = try await subject(typed: login)
        let keys = attemptKeys(login: login, subject: subject, request: request)
        try await begin(keys)
        // No password contains a token (``PasswordRules``). It counts as a guess, since anybody can send one.
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
            // Only somebody who knows the password learns that it is of no use.
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
            // The password was right when it was checked.
            throw SignInFault.wrongLoginOrPassword
        }
    }

    private static func turn(of keys: [AttemptKey]) -> PasswordTurn {
        keys.contains { $0.isDevice } ? .known : .anybody
    }

    /// Whether a subject may sign in with a password, and get a link to choose one.
    public func mayUsePassword(_ subject: Subject) -> Bool {
        !settings.hasProvider || subject.isBreakGlass
    }

    /// The subject of a login and password, for a service that still accepts passwords; `nil` where they do
    /// not match, or where the account may not use a password. Takes as long for every login. Throws
    /// ``SignInFault/busy`` or `LedgerError`.
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

    func recordRefusal(of subject: Subject?, _ detail: String, _ request: Request)
        async throws(LedgerError)
    {
        try await sessions.refusals.record(
            detail, of: subject?.id, from: sessions.address(of: request))
    }
}
