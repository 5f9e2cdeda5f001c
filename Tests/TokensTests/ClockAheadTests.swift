import Sodium
import Testing
import Tokens

/// What was kept while the clock was a year ahead, once it is set right.
@Suite("A clock that was ahead")
struct ClockAheadTests {
    private let ahead = now + .days(365)

    @Test("failed attempts of then slow nobody now, and count for nothing")
    func attempts() {
        let failed = FailedAttempts(count: 30, last: ahead)
        #expect(failed.wait(after: 5, at: ahead) == .minutes(1))
        #expect(failed.wait(after: 5, at: now) == nil)
        #expect(failed.another(at: now) == FailedAttempts(count: 1, last: now))
        // Another node's clock is half a minute ahead: that counts.
        let soon = FailedAttempts(count: 30, last: now + .seconds(30))
        #expect(soon.wait(after: 5, at: now) == .minutes(1))
        #expect(soon.another(at: now).count == 31)
    }

    @Test("guesses of then are not those of this minute")
    func guesses() {
        var guesses = GuessLimiter()
        for secret in 0...GuessLimiter.limit { _ = guesses.fail(secret, from: .loopback, at: ahead) }
        let isTooMany = guesses.fail(-1, from: .loopback, at: now)
        #expect(!isTooMany)
    }

    @Test("who signed in then has not, and what was demanded then is demanded from now on")
    func sleep() throws {
        let policy = SignInPolicy(every: .days(30), since: now - .days(60))
        var subject = Subject(id: .init(number: 1), login: try Login("alice"), createdAt: now - .days(90))
        subject.lastSignInAt = ahead
        #expect(!policy.isDormant(subject, at: ahead))
        #expect(policy.isDormant(subject, at: now))
        let told = SignInPolicy(every: .days(30), since: ahead)
        #expect(SignInPolicy.settled(every: .days(30), after: told, at: now)?.since == now)
    }
}
