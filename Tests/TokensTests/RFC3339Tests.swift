import Foundation
import Testing
import Tokens

@Suite("Moments in text")
struct RFC3339Tests {
    @Test(
        "a moment is read as RFC 3339 has it",
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2026-01-01T00:00:00Z", 1_767_225_600_000),
            ("2026-01-01t00:00:00z", 1_767_225_600_000), ("2026-01-01 00:00:00Z", 1_767_225_600_000),
            ("2026-01-01T02:00:00+02:00", 1_767_225_600_000),
            ("2025-12-31T19:30:00-04:30", 1_767_225_600_000),
            ("2026-01-01T00:00:00.5Z", 1_767_225_600_500),
            ("2026-01-01T00:00:00.123456789Z", 1_767_225_600_123),
            ("2026-01-01T00:00:00-00:00", 1_767_225_600_000), ("2000-02-29T23:59:59Z", 951_868_799_000),
            ("2016-12-31T23:59:60Z", 1_483_228_800_000), ("1969-12-31T23:59:59Z", -1000),
            ("9999-12-31T23:59:59Z", 253_402_300_799_000),
        ])
    func read(text: String, milliseconds: Int64) {
        #expect(Timestamp(rfc3339: text)?.milliseconds == milliseconds)
    }

    @Test(
        "anything else is refused",
        arguments: [
            "", "2026", "2026-01-01", "2026-01-01T00:00:00", "2026-01-01T00:00Z", "26-01-01T00:00:00Z",
            "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-01-32T00:00:00Z", "2026-01-00T00:00:00Z",
            "2026-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2026-04-31T00:00:00Z", "2026-01-01T24:00:00Z",
            "2026-01-01T00:60:00Z", "2026-01-01T00:00:61Z", "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00,5Z",
            "2026-01-01T00:00:00+0200", "2026-01-01T00:00:00+24:00", "2026-01-01T00:00:00+02:60",
            "2026-01-01T00:00:00Z ", " 2026-01-01T00:00:00Z", "2026-01-01T00:00:00Zz", "2026-1-1T00:00:00Z",
            "2026-01-01T00:00:00٫5Z", "+026-01-01T00:00:00Z", "-026-01-01T00:00:00Z", "tomorrow",
        ])
    func refused(text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }

    @Test("every day of two centuries is as Foundation has it, and is read back")
    func calendar() {
        for day in stride(from: Int64(-70 * 365), to: 130 * 365, by: 1) {
            let moment = Timestamp(seconds: day * 86_400 + (day & 0xFFFF))
            let date = Date(timeIntervalSince1970: TimeInterval(moment.seconds))
            #expect(moment.rfc3339 == date.ISO8601Format())
            #expect(Timestamp(rfc3339: moment.rfc3339) == moment)
        }
    }

    @Test("a date is its first moment in UTC")
    func date() {
        #expect(Timestamp(date: "2026-01-01") == now)
        #expect(now.date == "2026-01-01")
        for text in ["", "2026-1-1", "2026-02-30", "2026-01-01Z", "01.01.2026"] {
            #expect(Timestamp(date: text) == nil)
        }
    }
}
