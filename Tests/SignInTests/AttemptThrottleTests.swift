import Testing
import Tokens

@testable import SignIn

@Suite("Slowing down guesses")
struct AttemptThrottleTests {
    let start = Timestamp(seconds: 1_000_000)
    let key = AttemptKey.account("alice")

    @Test("the first five failures are free, then each doubles the wait, up to a minute")
    func doubling() {
        var attempts = AttemptThrottle()
        var now = start
        var waits: [Int64] = []
        for _ in 0..<14 {
            let wait = attempts.wait(for: [key], at: now)
            waits.append(wait?.seconds ?? 0)
            now = now + (wait ?? .seconds(0))
            attempts.fail([key], at: now)
        }
        #expect(waits == [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60])
    }

    @Test("an attempt during the wait does not lengthen it")
    func refusalsAreFree() {
        var attempts = AttemptThrottle()
        for _ in 0..<8 { attempts.fail([key], at: start) }
        for second in 0..<8 {
            #expect(
                attempts.wait(for: [key], at: start + .seconds(Int64(second))) == .seconds(8 - Int64(second)))
        }
        #expect(attempts.wait(for: [key], at: start + .seconds(8)) == nil)
    }

    @Test("failures are forgotten after a success, and after a quarter of an hour")
    func forgetting() {
        var attempts = AttemptThrottle()
        for _ in 0..<20 { attempts.fail([key], at: start) }
        #expect(attempts.wait(for: [key], at: start + FailedAttempts.memory) == nil)
        attempts.succeed([key])
        #expect(attempts.wait(for: [key], at: start) == nil)
    }

    @Test("the longest wait of several keys counts, and other keys do not")
    func keys() {
        var attempts = AttemptThrottle()
        for _ in 0..<6 { attempts.fail([key], at: start) }
        #expect(attempts.wait(for: [.account("bob"), key], at: start) == .seconds(2))
        #expect(attempts.wait(for: [.account("bob")], at: start) == nil)
    }

    @Test("addresses have more free failures, and one IPv6 network is one address")
    func addresses() throws {
        var attempts = AttemptThrottle()
        let one = AttemptKey.network(of: try #require(IPAddress("2001:db8::1")))
        let two = AttemptKey.network(of: try #require(IPAddress("2001:db8::2")))
        for _ in 0..<20 {
            #expect(attempts.wait(for: [two], at: start) == nil)
            attempts.fail([one], at: start)
        }
        #expect(attempts.wait(for: [two], at: start) == .seconds(1))
    }

    @Test("memory is bounded, and the newest failures are kept")
    func bounded() {
        var attempts = AttemptThrottle()
        for number in 0..<AttemptThrottle.capacity * 2 {
            attempts.fail([.account("\(number)")], at: start + TimeSpan(milliseconds: Int64(number)))
        }
        let last = AttemptKey.account("\(AttemptThrottle.capacity * 2 - 1)")
        let end = start + TimeSpan(milliseconds: Int64(AttemptThrottle.capacity * 2))
        for _ in 0..<5 { attempts.fail([last], at: end) }
        #expect(attempts.wait(for: [last], at: end) != nil)
        #expect(attempts.count <= AttemptThrottle.capacity)
    }
}
