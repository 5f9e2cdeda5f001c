import Testing
import Tokens

@Suite("Time")
struct TimestampTests {
    @Test(
        "seconds are rounded down, before 1970 too",
        arguments: [(0, 0), (999, 0), (1000, 1), (1999, 1), (-1, -1), (-999, -1), (-1000, -1), (-1001, -2)]
            as [(Int64, Int64)])
    func seconds(milliseconds: Int64, seconds: Int64) {
        #expect(Timestamp(milliseconds: milliseconds).seconds == seconds)
        #expect(TimeSpan(milliseconds: milliseconds).seconds == seconds)
    }

    @Test("moments and spans add up")
    func arithmetic() {
        #expect(now + .days(1) - now == .hours(24))
        #expect(now - .minutes(1) < now)
        #expect(Timestamp(seconds: 60) - Timestamp(seconds: 90) == .seconds(-30))
        #expect(TimeSpan.minutes(1) < .hours(1))
    }

    @Test(
        "a span is a number and a unit",
        arguments: [
            ("90s", TimeSpan.seconds(90)), ("15m", .minutes(15)), ("12h", .hours(12)), ("30d", .days(30)),
            ("4w", .days(28)), ("0s", .seconds(0)), ("007d", .days(7)), ("36525d", .days(36_525)),
        ])
    func span(text: String, span: TimeSpan) {
        #expect(TimeSpan(text: text) == span)
    }

    @Test(
        "any other span is refused",
        arguments: [
            "", "d", "30", "30D", "30 d", " 30d", "30d ", "-1d", "+1d", "1.5d", "1d2h", "1y", "P30D", "٣d",
            "½d",
            "36526d", "9223372036854775807w", "99999999999999999999d",
        ])
    func badSpan(text: String) {
        #expect(TimeSpan(text: text) == nil)
    }

    @Test(
        "what was stored lies within the last span only where it is not ahead of now",
        arguments: [
            (TimeSpan.seconds(0), true), (.minutes(14), true), (.minutes(15), false), (.days(365), false),
            // Another node's clock may be a little ahead; a year is a clock that was wrong.
            (.seconds(-59), true), (.seconds(-60), false), (.days(-365), false),
        ])
    func within(age: TimeSpan, isWithin: Bool) {
        #expect((now - age).isWithin(.minutes(15), before: now) == isWithin)
        #expect((now - age).isAhead(of: now) == (age <= .seconds(-60)))
    }

    @Test("no stored moment is too far away to be asked", arguments: [Timestamp.distantPast, .distantFuture])
    func farAway(stored: Timestamp) {
        for moment in [now, .distantPast + .days(1), .distantFuture - .days(1)] {
            #expect(!stored.isWithin(.minutes(15), before: moment) || stored == moment)
        }
        #expect(Timestamp.distantFuture.isAhead(of: now) && !Timestamp.distantPast.isAhead(of: now))
    }

    @Test("a clock can be held still")
    func clock() {
        #expect(Clock { now }.now == now)
    }

    @Test("a token is live until its expiry or its revocation")
    func state() throws {
        #expect(try token().state(at: now) == .live)
        #expect(try token(expiresAt: now).state(at: now) == .expired)
        #expect(try token(expiresAt: now).state(at: now - TimeSpan(milliseconds: 1)) == .live)
        #expect(try token(expiresAt: now, revoked: true).state(at: now + .days(1)) == .revoked)
    }
}
