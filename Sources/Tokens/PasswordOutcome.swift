/// What came of looking whose a login and password are.
public enum PasswordOutcome: Hashable, Sendable {
    /// They are that subject's.
    case owner(SubjectID)
    /// They are nobody's.
    case wrong
    /// Too many wrong ones were tried; they were not looked at.
    case tooManyAttempts(wait: TimeSpan)
    /// They could not be looked at, for a reason that the operator is told.
    case unavailable(reason: String)
}

extension Verdict {
    /// The rule for a password: may `owner`, whose password came with `login`, pass at a service that
    /// takes passwords at `now`? It may do there all that its owner may.
    ///
    /// - Parameter owner: the subject as it is now, which may not be as it was when the password was
    ///   looked at; `nil` where there is none any more.
    public static func judge(
        passwordOf owner: Subject?, login: String, service: Service, at now: Timestamp
    ) -> Result<Subject, Denial> {
        guard service.passwords.accepts(at: now) else { return .failure(.notAToken) }
        guard let owner, owner.endedAt == nil, owner.login.folded == login.folded else {
            return .failure(.wrongPassword)
        }
        guard !owner.isSuspended else { return .failure(.ownerSuspended) }
        return service.admits(owner) ? .success(owner) : .failure(.notEntitled)
    }
}
