/// That people come through the identity provider every so often: the tokens of who does not go to
/// sleep, and wake at the next sign-in.
public struct SignInPolicy: Hashable, Sendable {
    /// How long ago the latest sign-in may be.
    public let every: TimeSpan
    /// When this was first demanded. Nobody's tokens sleep before a whole span has passed since, so that
    /// switching it on takes nobody by surprise.
    public let since: Timestamp

    /// The longest time before the end at which people are warned.
    public static let longestWarning = TimeSpan.days(7)

    /// A demand of those parts.
    public init(every: TimeSpan, since: Timestamp) {
        self.every = every
        self.since = since
    }

    /// What is demanded from `now` on where the operator says `every` (`nil` for nothing) and `former`
    /// was demanded until now. A shorter span counts anew, a longer one does not.
    public static func settled(
        every: TimeSpan?, after former: SignInPolicy?, at now: Timestamp
    ) -> SignInPolicy? {
        guard let every else { return nil }
        guard let former, every >= former.every, !former.since.isAhead(of: now) else {
            return SignInPolicy(every: every, since: now)
        }
        return SignInPolicy(every: every, since: former.since)
    }

    /// The moment from which the subject's tokens sleep, as it is known at `now`, unless it signs in before; `nil` for
    /// who does not sign in through a provider: accounts of the desk's own, break-glass ones among them.
    public func sleep(of subject: Subject, at now: Timestamp) -> Timestamp? {
        guard !subject.isBreakGlass, let last = subject.lastSignInAt else { return nil }
        // A sign-in under a clock that was ahead is none.
        return (last.isAhead(of: now, skew: .days(1)) ? since : max(last, since)) + every
    }

    /// Whether the subject's tokens sleep at `now`.
    public func isDormant(_ subject: Subject, at now: Timestamp) -> Bool {
        sleep(of: subject, at: now).map { $0 <= now } ?? false
    }

    /// How long before the end people are warned: 7 days, or a quarter of the span where that is less.
    public var warning: TimeSpan {
        min(Self.longestWarning, TimeSpan(milliseconds: every.milliseconds / 4))
    }
}

extension Subject {
    /// Whether its tokens sleep at `now`; nobody's do where nothing is demanded.
    public func isDormant(_ policy: SignInPolicy?, at now: Timestamp) -> Bool {
        policy?.isDormant(self, at: now) ?? false
    }
}
