public import HTTPServer
import Ledger
import Sodium
import Tokens

/// A password at a service that still takes them, with what is needed to answer it.
struct PasswordAttempt: Sendable {
    let presented: PresentedPassword
    let mark: SHA256Digest
    let service: Service
    let access: Access
    let address: IPAddress?
    let userAgent: String
}

/// Passwords, where a service still takes them.
extension Gate: DeferredHandler {
    /// Answers a password that nothing is known of lately, once it was looked at.
    public func respond(to request: Request) async throws -> Response? {
        var attempt: PasswordAttempt?
        if let prepared = answer(RequestHead(request), attempt: &attempt) { return prepared.response }
        guard let attempt, let owners else { return nil }
        let outcome = await recent.outcome(of: attempt.mark, at: clock.steady) {
            await owners.outcome(of: attempt.presented, from: attempt.address)
        }
        let response = answer(attempt, outcome)
        if case .unavailable(let reason) = outcome {
            throw Failure(response, reason: "a password could not be checked: \(reason)")
        }
        return response
    }

    /// The answer by what came of the same password lately; `nil` where nothing did.
    func answerLately(_ attempt: PasswordAttempt) -> Response? {
        recent.outcome(of: attempt.mark, at: clock.steady).map { answer(attempt, $0) }
    }

    /// The password that `head` presents, if it does in the one way that clients know.
    ///
    /// Not inlined: what it needs would be made ready for each token, too.
    @inline(never)
    func passwordAttempt(
        _ head: borrowing RequestHead, _ question: borrowing VerifyRequest, service: Service, access: Access,
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
            userAgent: question.userAgent.text)
    }

    /// The answer by whose the password is, and by how that person stands now.
    private func answer(_ attempt: PasswordAttempt, _ outcome: PasswordOutcome) -> Response {
        // It took a while, in which others may have changed what is not known here.
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
            passwordOf: owner, login: attempt.presented.login, service: attempt.service, at: now)
        switch verdict {
        case .success(let owner):
            uses.record(
                passwordOf: owner.id, service: attempt.service.name.text, address: attempt.address,
                userAgent: attempt.userAgent, at: now)
            verdicts.grant(.password, in: verdicts.row(of: attempt.service.name), .verify, shard: nil)
            let groups = groups(of: owner, at: attempt.service, now)
            return answers.grant(owner, byPasswordAt: attempt.service, groups)
        case .failure(let denial):
            // Told apart by login and password: one password tried with many logins is many guesses.
            let fingerprint = Int(truncatingIfNeeded: attempt.mark.words.0)
            let isGuess = isGuess(fingerprint, denial, from: attempt.address)
            return refuse(attempt, isGuess ? .tooManyFailures : denial)
        }
    }

    private func refuse(
        _ attempt: PasswordAttempt, _ denial: Denial, retryAfter: TimeSpan? = nil
    ) -> Response {
        verdicts.refuse(denial, in: verdicts.row(of: attempt.service.name), shard: nil)
        return answers.refuse(
            denial, service: attempt.service, access: attempt.access, retryAfter: retryAfter)
    }
}
