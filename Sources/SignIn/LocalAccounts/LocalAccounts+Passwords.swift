public import HTTPServer
import Ledger
public import Sodium
import Synchronization
public import Tokens

/// Checking and changing passwords.
extension LocalAccounts {
    /// The hash of a new password for `login`; throws ``SignInFault`` where it is refused.
    public func hash(_ password: String, for login: Login) async throws(SignInFault) -> PasswordHash {
        do {
            try PasswordRules.check(password, login: login, format: format)
        } catch {
            throw .badPassword(error)
        }
        return try await worker.hash(password.normalized, cost: settings.passwordCost, turn: .known)
    }

    /// Changes the visitor's own password, and signs out all their other browsers. Throws ``SignInFault`` or
    /// `LedgerError`.
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

    /// The stored hash, where `password` is the subject's; `nil` where it is not, or where the subject has
    /// none.
    func right(
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

    /// The forms in which a password may have been hashed: in normalization form C, as new ones are, and as
    /// typed.
    private static func forms(of password: String) -> [String] { [password.normalized, password].uniqued() }

    /// Hashes a right password again in normalization form C, so that it matches from any keyboard. Returns
    /// the stored hash, which is the old one where this fails.
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

    /// Takes as long as checking a password, where there is no hash to check it against.
    func spendTheSame(on password: String, _ turn: PasswordTurn) async throws(SignInFault) {
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
}
