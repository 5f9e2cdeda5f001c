import Testing
import Tokens

@Suite("The sign-in policy")
struct SignInPolicyTests {
    private let policy = SignInPolicy(every: .days(30), since: now - .days(10))

    private func subject(signedIn: TimeSpan?, breakGlass: Bool = false) throws -> Subject {
        Subject(
            id: SubjectID(number: 1), login: try Login("alice"), createdAt: now - .days(500),
            isBreakGlass: breakGlass, lastSignInAt: signedIn.map { now - $0 })
    }

    @Test("nobody's tokens become dormant within the policy's first span")
    func graceAtTheStart() throws {
        let longAgo = try subject(signedIn: .days(300))
        #expect(policy.sleep(of: longAgo, at: now) == now + .days(20))
        #expect(!longAgo.isDormant(policy, at: now + .days(20) - TimeSpan(milliseconds: 1)))
        #expect(longAgo.isDormant(policy, at: now + .days(20)))
        #expect(!longAgo.isDormant(nil, at: now + .days(9000)))
        #expect(policy.sleep(of: try subject(signedIn: .days(1)), at: now) == now + .days(29))
    }

    @Test("tokens of the desk's own accounts never become dormant")
    func ownAccounts() throws {
        #expect(policy.sleep(of: try subject(signedIn: nil), at: now) == nil)
        #expect(policy.sleep(of: try subject(signedIn: .days(300), breakGlass: true), at: now) == nil)
    }

    @Test(
        "people are warned 7 days before, or a quarter of the span where that is less",
        arguments: [
            (TimeSpan.days(365), TimeSpan.days(7)), (.days(28), .days(7)), (.days(8), .days(2)),
            (.seconds(10), TimeSpan(milliseconds: 2500)),
        ])
    func warning(every: TimeSpan, expected: TimeSpan) {
        #expect(SignInPolicy(every: every, since: now).warning == expected)
    }

    @Test("a shorter span begins anew, a longer one does not, and ending the policy forgets it")
    func settled() {
        let former = SignInPolicy(every: .days(30), since: now - .days(100))
        func after(_ former: SignInPolicy?, _ every: TimeSpan?) -> SignInPolicy? {
            .settled(every: every, after: former, at: now)
        }
        #expect(after(nil, nil) == nil)
        #expect(after(nil, .days(30)) == SignInPolicy(every: .days(30), since: now))
        #expect(after(former, .days(30)) == former)
        #expect(after(former, .days(60)) == SignInPolicy(every: .days(60), since: former.since))
        #expect(after(former, .days(29)) == SignInPolicy(every: .days(29), since: now))
        #expect(after(former, nil) == nil)
    }

    @Test(
        "a span is written as the configuration takes it",
        arguments: ["1s", "90s", "15m", "90m", "12h", "36h", "30d", "28d"])
    func words(text: String) {
        #expect(TimeSpan(text: text)?.words == text)
    }
}
