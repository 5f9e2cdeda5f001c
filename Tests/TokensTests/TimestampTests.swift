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
        "an expiry is a moment, or the last day on which something works",
        arguments: [
            ("2027-01-31", "2027-02-01T00:00:00Z"), ("2028-02-28", "2028-02-29T00:00:00Z"),
            ("2026-12-31", "2027-01-01T00:00:00Z"), ("2027-01-31T10:00:00+02:00", "2027-01-31T08:00:00Z"),
            ("2027-02-29", nil), ("2027-1-31", nil), ("31.1.2027", nil), ("", nil), ("tomorrow", nil),
        ] as [(String, String?)])
    func expiry(text: String, end: String?) {
        #expect(Timestamp(expiry: text)?.rfc3339 == end)
    }

    /// Numbers that a stranger may write where a moment or a span is read.
    static let extremes: [Int64] = [
        .min, .min + 1, .min / 1000, -1 << 53, -86_400_001, -1001, -1, 0, 1, 999, 1 << 40, 1 << 53,
        253_402_300_800_000, .max / 1000, .max / 1000 + 1, .max - 1, .max,
    ]

    @Test("arithmetic on any numbers gives the nearest one that can be held", arguments: extremes)
    func saturates(one: Int64) {
        func nearest(_ exact: Int128) -> Int64 { Int64(clamping: exact) }
        let (moment, span) = (Timestamp(milliseconds: one), TimeSpan(milliseconds: one))
        for other in Self.extremes {
            let more = TimeSpan(milliseconds: other)
            #expect((moment + more).milliseconds == nearest(Int128(one) + Int128(other)))
            #expect((moment - more).milliseconds == nearest(Int128(one) - Int128(other)))
            #expect((span + more).milliseconds == nearest(Int128(one) + Int128(other)))
            #expect(
                (moment - Timestamp(milliseconds: other)).milliseconds == nearest(Int128(one) - Int128(other))
            )
        }
        #expect(Timestamp(seconds: one).milliseconds == nearest(Int128(one) * 1000))
        #expect(TimeSpan.seconds(one).milliseconds == nearest(Int128(one) * 1000))
        #expect(TimeSpan.minutes(one).milliseconds == nearest(Int128(one) * 60_000))
        #expect(TimeSpan.hours(one).milliseconds == nearest(Int128(one) * 3_600_000))
        #expect(TimeSpan.days(one).milliseconds == nearest(Int128(one) * 86_400_000))
    }

    @Test("any number of milliseconds can be written, and read as a day and in words", arguments: extremes)
    func written(number: Int64) {
        let moment = Timestamp(milliseconds: number)
        var bytes: [UInt8] = []
        bytes.append(rfc3339: moment, milliseconds: true)
        #expect(bytes.last == UInt8(ascii: "Z"))
        #expect(moment.rfc3339.hasSuffix("Z"))
        #expect(moment.date.count == 10)
        #expect(moment.day == number / 86_400_000)
        #expect(!TimeSpan(milliseconds: number).words.isEmpty)
        #expect(TokenID.make(at: moment).number >= 0)
    }

    @Test(
        "failed attempts of any number, at any moment, are waited for a minute at most", arguments: extremes)
    func attempts(number: Int64) {
        for moment in Self.extremes {
            let failed = FailedAttempts(count: Int(number), last: Timestamp(milliseconds: moment))
            let wait = failed.wait(after: 5, at: now)
            #expect(wait.map { $0 > .seconds(0) && $0 <= FailedAttempts.longestWait } ?? true)
            #expect(failed.another(at: now).last == now)
        }
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
        #expect(try token().state(at: now) == .active)
        #expect(try token(expiresAt: now).state(at: now) == .expired)
        #expect(try token(expiresAt: now).state(at: now - TimeSpan(milliseconds: 1)) == .active)
        #expect(try token(expiresAt: now, revoked: true).state(at: now + .days(1)) == .revoked)
    }
}
