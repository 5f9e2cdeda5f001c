public import HTTPServer
import Sodium
import TokenIndex
import Tokens

/// A password presented at a service that still takes them, with the request's context.
struct PasswordAttempt: Sendable {
    let presented: PresentedPassword
    /// The key in ``RecentPasswords``.
    let mark: SHA256Digest
    let service: Service
    let access: Access
    let address: IPAddress?
    let userAgent: String
}

/// Passwords, at services that still take them.
extension Gate: DeferredHandler {
    /// Answers a password that is not in the cache, after checking it.
    public func respond(to request: Request) async throws -> Response? {
        let attempt: PasswordAttempt
        switch self.outcome(of: RequestHead(request)) {
        case .answered(let prepared): return prepared.response
        case .password(let found): attempt = found
        case .notMine: return nil
        }
        guard let owners else { return nil }
        let outcome = await recent.outcome(of: attempt.mark, at: clock.steady) {
            await owners.outcome(of: attempt.presented, from: attempt.address)
        }
        let response = answer(attempt, outcome)
        if case .unavailable(let reason) = outcome {
            throw Failure(response, reason: "a password could not be checked: \(reason)")
        }
        return response
    }

    /// The answer from the cache; `nil` if the password is not in it.
    func answerLately(_ attempt: PasswordAttempt) -> Response? {
        recent.outcome(of: attempt.mark, at: clock.steady).map { answer(attempt, $0) }
    }

    /// The password in the request's `Authorization` field, if there is exactly one.
    ///
    /// Never inlined: its set-up would slow down every token.
    @inline(never)
    func passwordAttempt(
        _ head: borrowing RequestHead, _ request: borrowing VerifyRequest, service: Service, access: Access,
        from address: IPAddress?
    ) -> PasswordAttempt? {
        guard owners != nil else { return nil }
        var found: [PresentedPassword?] = []
        let fields = head.fields
        for index in fields.indices where fields.name(at: index).equals("authorization") {
            found.append(
                PresentedPassword(authorization: fields.value(at: index), format: settings.format))
        }
        guard found.count == 1, let presented = found[0], let mark = recent.mark(of: presented) else {
            return nil
        }
        return PasswordAttempt(
            presented: presented, mark: mark, service: service, access: access, address: address,
            userAgent: request.userAgent.text)
    }

    /// The answer to a checked password; its owner is judged as the index has it now.
    private func answer(_ attempt: PasswordAttempt, _ outcome: PasswordOutcome) -> Response {
        // The check took a while; the index may be stale by now.
        if let denial = settings.staleness.denial(of: index) { return refuse(attempt, denial) }
        let now = clock.now
        let owner: Subject?
        switch outcome {
        case .owner(let id): owner = index.subject(id)
        case .wrong: owner = nil
        case .tooManyAttempts(let wait): return refuse(attempt, .tooManyPasswords, retryAfter: wait)
        case .unavailable: return refuse(attempt, .passwordUnchecked)
        }
        let verdict = Verdict.judge(
            passwordOf: owner, login: attempt.presented.login, service: attempt.service,
            access: attempt.access, at: now)
        switch verdict {
        case .success(let owner):
            uses.record(
                passwordOf: owner.id, service: attempt.service.name.text, address: attempt.address,
                userAgent: attempt.userAgent, at: now)
            verdicts.grant(.password, in: verdicts.row(of: attempt.service.name), .verify, shard: nil)
            let groups = groups(of: owner, at: attempt.service, now)
            return responses.grant(owner, byPasswordAt: attempt.service, groups)
        case .failure(let denial):
            // The fingerprint is of login and password: one password tried with many logins is many guesses.
            let fingerprint = Int(truncatingIfNeeded: attempt.mark.words.0)
            let isGuess = isGuess(fingerprint, denial, from: attempt.address)
            return refuse(attempt, isGuess ? .tooManyFailures : denial)
        }
    }

    private func refuse(
        _ attempt: PasswordAttempt, _ denial: Denial, retryAfter: TimeSpan? = nil
    ) -> Response {
        verdicts.refuse(denial, in: verdicts.row(of: attempt.service.name), shard: nil)
        return responses.refuse(
            denial, service: attempt.service, access: attempt.access, retryAfter: retryAfter)
    }
}
