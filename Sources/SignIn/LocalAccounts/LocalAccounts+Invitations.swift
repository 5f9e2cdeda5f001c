public import HTTPServer
public import Ledger
import Sodium
public import Tokens

/// One-time links.
extension LocalAccounts {
    /// Whether a link may create the first administrator's account: there has never been an administrator,
    /// and no identity provider signs people in.
    public func invitesFirst() async throws(LedgerError) -> Bool {
        guard !settings.hasProvider else { return false }
        return try await ledger.administration().isBeforeFirst
    }

    /// Creates the code of a one-time link for `subject`, or with `nil` for the first administrator. The code
    /// is a secret.
    public func invite(_ subject: SubjectID?) async throws(LedgerError) -> String {
        let code = Cookies.makeSecret()
        let lasting = subject == nil ? Self.firstInvitation : Self.invitation
        try await ledger.add(
            Invitation(digest: Cookies.digest(code), subject: subject, expiresAt: clock.now + lasting))
        return code
    }

    /// The subject that a code invites, or `.some(nil)` for the first administrator; `nil` where the code is
    /// unknown or no longer valid.
    public func invited(by code: String) async throws(LedgerError) -> Subject?? {
        guard let invitation = try await current(code) else { return nil }
        guard let id = invitation.subject else {
            return try await invitesFirst() ? .some(nil) : nil
        }
        guard let subject = try await ledger.subject(id), !subject.isSuspended, mayUsePassword(subject) else {
            return nil
        }
        return .some(subject)
    }

    /// Sets the password that the invited person chose and signs them in; for the first administrator, adds
    /// the account under `login`. Returns the `Set-Cookie` values of the response. Throws ``SignInFault`` or
    /// `LedgerError`.
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
        } catch LedgerError.loginTaken {
            throw SignInFault.loginTaken(subject.login)
        } catch LedgerError.loginReserved {
            throw SignInFault.badLogin(.keptForAccounts(subject.login.text))
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
            // One that ends later than any can was created under a clock that was ahead.
            (invitation.expiresAt - Self.invitation).isWithin(Self.invitation, before: clock.now)
        else { return nil }
        return invitation
    }
}
