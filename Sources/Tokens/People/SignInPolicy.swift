/// Requires a regular sign-in through the identity provider; until it comes, a person's tokens are dormant.
///
/// With `every` at 30 days, somebody who last signed in on 1 March has tokens that work until 31 March, and
/// again after the next sign-in.
public struct SignInPolicy: Hashable, Sendable {
    /// The longest time since the latest sign-in.
    public let every: TimeSpan
    /// When the policy began. Nobody's tokens become dormant within a whole span of it, so that switching it
    /// on takes nobody by surprise.
    public let since: Timestamp

    /// The longest time before dormancy at which people are warned.
    public static let longestWarning = TimeSpan.days(7)

    public init(every: TimeSpan, since: Timestamp) {
        self.every = every
        self.since = since
    }

    /// The policy from `now` on, where the operator asks for `every` (`nil` for none) and `former` held until
    /// now. A shorter span begins anew, a longer one keeps its beginning.
    public static func settled(
        every: TimeSpan?, after former: SignInPolicy?, at now: Timestamp
    ) -> SignInPolicy? {
        guard let every else { return nil }
        guard let former, every >= former.every, !former.since.isAhead(of: now) else {
            return SignInPolicy(every: every, since: now)
        }
        return SignInPolicy(every: every, since: former.since)
    }

    /// The moment from which the subject's tokens are dormant, as known at `now`, unless it signs in before.
    /// `nil` where it does not sign in through a provider: for the desk's own accounts, break-glass ones
    /// among them.
    public func dormancy(of subject: Subject, at now: Timestamp) -> Timestamp? {
        guard !subject.isBreakGlass, let last = subject.lastSignInAt else { return nil }
        // A sign-in under a clock that was ahead does not count.
        return (last.isAhead(of: now, skew: .days(1)) ? since : max(last, since)) + every
    }

    /// The last sign-in that makes a subject dormant at `now`, or any before it; `nil` where nobody is dormant yet. It
    /// decides as ``isDormant(_:at:)`` does, apart from sign-ins under a clock that was ahead.
    public func latestDormantSignIn(at now: Timestamp) -> Timestamp? {
        since + every <= now ? now - every : nil
    }

    /// Whether the subject's tokens are dormant at `now`.
    public func isDormant(_ subject: Subject, at now: Timestamp) -> Bool {
        dormancy(of: subject, at: now).map { $0 <= now } ?? false
    }

    /// How long before dormancy people are warned: 7 days, or a quarter of the span where that is less.
    public var warning: TimeSpan {
        min(Self.longestWarning, TimeSpan(milliseconds: every.milliseconds / 4))
    }
}

extension Subject {
    /// Whether its tokens are dormant at `now`: by the policy, or because its identity provider asked for a sign-in.
    public func isDormant(_ policy: SignInPolicy?, at now: Timestamp) -> Bool {
        mustSignInSince != nil || policy?.isDormant(self, at: now) ?? false
    }

    /// The moment from which its tokens are dormant, as known at `now`, unless it signs in before; `nil` for never.
    public func dormancy(_ policy: SignInPolicy?, at now: Timestamp) -> Timestamp? {
        [mustSignInSince, policy?.dormancy(of: self, at: now)].compactMap(\.self).min()
    }
}
