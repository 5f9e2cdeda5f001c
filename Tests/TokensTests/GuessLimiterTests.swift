import Testing
import Tokens

@Suite("Guesses")
struct GuessLimiterTests {
    private let address = IPAddress.loopback

    /// Sends failing secrets, and returns whether the last was one too many.
    private func fail(
        _ secrets: some Sequence<Int>, from address: IPAddress, at moment: Timestamp = now,
        in guesses: inout GuessLimiter
    ) -> Bool {
        var isTooMany = false
        for secret in secrets { isTooMany = guesses.fail(secret, from: address, at: moment) }
        return isTooMany
    }

    @Test("a stale token in a loop is one secret, however often it is sent")
    func loop() {
        var guesses = GuessLimiter()
        for _ in 0..<10_000 { #expect(!fail([7], from: address, in: &guesses)) }
    }

    @Test("one secret more than the limit is too many, until the minute is over")
    func limit() {
        var guesses = GuessLimiter()
        #expect(!fail(0..<GuessLimiter.limit, from: address, in: &guesses))
        #expect(fail([-1], from: address, in: &guesses))
        #expect(fail([-2], from: address, at: now + .seconds(59), in: &guesses))
        #expect(!fail([-3], from: address, at: now + .minutes(1), in: &guesses))
    }

    @Test("each address is counted separately")
    func addresses() throws {
        var guesses = GuessLimiter()
        #expect(fail(0...GuessLimiter.limit, from: address, in: &guesses))
        #expect(!fail([-1], from: try #require(IPAddress("192.0.2.1")), in: &guesses))
    }

    @Test("an IPv6 network of 64 bits counts as one address")
    func networks() throws {
        var guesses = GuessLimiter()
        #expect(fail(0...GuessLimiter.limit, from: try #require(IPAddress("2001:db8::1")), in: &guesses))
        #expect(fail([-1], from: try #require(IPAddress("2001:db8::2")), in: &guesses))
        #expect(!fail([-1], from: try #require(IPAddress("2001:db8:0:1::1")), in: &guesses))
    }

    @Test("clients without a known address count as one address, and slow down nobody else")
    func unknown() throws {
        var guesses = GuessLimiter()
        var isTooMany = false
        for secret in 0...GuessLimiter.limit { isTooMany = guesses.fail(secret, from: nil, at: now) }
        #expect(isTooMany)
        #expect(!fail([-1], from: address, in: &guesses))
        #expect(AttemptKey.client(at: nil) == .client(at: nil))
        #expect(AttemptKey.client(at: nil) != .client(at: address))
        #expect(AttemptKey.client(at: address) == .network(of: address))
        #expect(AttemptKey.client(at: nil).isShared)
    }

    @Test("a flood of addresses does not fill the memory")
    func bounded() {
        var guesses = GuessLimiter()
        for number in UInt32(0)..<30_000 {
            #expect(!fail([1], from: IPAddress(v4: number), in: &guesses))
        }
        #expect(fail(0...GuessLimiter.limit, from: address, in: &guesses))
    }
}
