import Ledger
import Sodium
import Synchronization
public import Tokens

/// Checks logins and passwords for services that still accept passwords.
///
/// Guesses are slowed down by account and by address, and only so many checks run at a time. One wrong
/// password that a build sends again and again counts once, so that it locks nobody else out.
public final class PasswordCheck: Sendable {
    /// Who checks passwords.
    public enum Keeper: Sendable {
        /// This desk.
        case accounts(LocalAccounts)
        /// The identity provider.
        case provider(ProviderSignIn)
    }

    private struct Throttle {
        var attempts = AttemptThrottle()
        /// The passwords that were tried lately, which are no new guesses.
        var tried = ReplayCache()
        /// The places where right passwords came from lately. Strangers' guesses do not slow them down.
        var known = ReplayCache()
    }

    private let keeper: Keeper
    private let clock: Clock
    private let key = KeyedHash(key: Sodium.randomBytes(count: KeyedHash.keyLength))
    private let state = Mutex(Throttle())
    private let turnstile: AsyncSemaphore

    /// How long an address counts as the account's own after a right password came from it.
    static let familiar = TimeSpan.hours(24)

    public convenience init(_ keeper: Keeper, clock: Clock) {
        self.init(keeper, clock: clock, turnstile: AsyncSemaphore(atATime: 8, waiting: 64, keeping: 2))
    }

    init(_ keeper: Keeper, clock: Clock, turnstile: AsyncSemaphore) {
        self.keeper = keeper
        self.clock = clock
        self.turnstile = turnstile
    }

    /// Checks a login and password that came from `address`.
    public func outcome(of presented: PresentedPassword, from address: IPAddress?) async -> PasswordOutcome {
        guard let login = try? Login(presented.login), let key else { return .wrong }
        let guess = Guess(
            name: Sodium.base64URL(presented.mark(by: key).bytes), login: login.folded, address: address)
        let counted: [AttemptKey]
        let isFamiliar: Bool
        switch begin(guess) {
        case .wait(let wait): return .tooManyAttempts(wait: wait)
        case .go(let keys, let familiar): (counted, isFamiliar) = (keys, familiar)
        }
        let outcome: PasswordOutcome
        if await turnstile.enter(known: isFamiliar) {
            outcome = await look(login, presented.password, from: address, isFamiliar: isFamiliar)
            await turnstile.leave()
        } else {
            outcome = .unavailable(reason: Self.crowded)
        }
        end(guess, counted, outcome)
        return outcome
    }

    private static let crowded = "too many passwords are being checked"

    private func look(
        _ login: Login, _ password: String, from address: IPAddress?, isFamiliar: Bool
    ) async -> PasswordOutcome {
        do {
            let owner =
                switch keeper {
                case .accounts(let accounts):
                    try await accounts.owner(
                        login: login, password: password, turn: isFamiliar ? .known : .service)
                case .provider(let provider):
                    try await provider.owner(login: login, password: password, from: address)
                }
            return owner.map { .owner($0) } ?? .wrong
        } catch let fault as OIDCFault {
            return .unavailable(reason: fault.name)
        } catch SignInFault.busy {
            return .unavailable(reason: Self.crowded)
        } catch {
            // The ledger's errors hold no secret by design.
            return .unavailable(reason: "\(error)")
        }
    }

    // MARK: Slowing guesses

    /// A login and password, as they are counted against guessing.
    private struct Guess {
        /// Identifies login and password.
        let name: String
        let login: String
        let address: IPAddress?

        /// The account together with the address that it is tried from.
        var place: String { "\(login)\n\(address?.description ?? "")" }

        func keys(isFamiliar: Bool) -> [AttemptKey] {
            if isFamiliar { return [.device(place)] }
            return [.account(login), .client(at: address)]
        }
    }

    private enum Beginning {
        case wait(TimeSpan)
        /// Counted as a failure of these until it succeeds; of none where it is no new guess.
        case go(counted: [AttemptKey], isFamiliar: Bool)
    }

    private func begin(_ guess: Guess) -> Beginning {
        let now = clock.steady
        return state.withLock { state in
            let isFamiliar = state.known.isUsed(guess.place, at: now)
            if state.tried.isUsed(guess.name, at: now) { return .go(counted: [], isFamiliar: isFamiliar) }
            let keys = guess.keys(isFamiliar: isFamiliar)
            if let wait = state.attempts.begin(keys, at: now) { return .wait(wait) }
            _ = state.tried.use(guess.name, until: now + FailedAttempts.memory, at: now)
            return .go(counted: keys, isFamiliar: isFamiliar)
        }
    }

    private func end(_ guess: Guess, _ counted: [AttemptKey], _ outcome: PasswordOutcome) {
        let now = clock.steady
        state.withLock { state in
            switch outcome {
            case .owner:
                state.attempts.succeed(counted)
                _ = state.known.use(guess.place, until: now + Self.familiar, at: now)
            case .unavailable where !counted.isEmpty:
                state.attempts.withdraw(counted)
                state.tried.forget(guess.name)
            case .unavailable, .wrong, .tooManyAttempts: break
            }
        }
    }
}
