import Testing
import Tokens

@Suite("Numbers in bytes")
struct DecimalTests {
    @Test(
        "have zeros before them up to the width, and never lose a digit",
        arguments: [
            (UInt64(0), 1, "0"), (0, 0, "0"), (0, 3, "000"), (7, 1, "7"), (7, 2, "07"), (9, 1, "9"),
            (10, 1, "10"), (10, 4, "0010"), (999, 3, "999"), (1000, 3, "1000"), (65_535, 1, "65535"),
            (10_000_000_000_000_000_000, 1, "10000000000000000000"),
            (.max, 1, "18446744073709551615"), (.max, 24, "000018446744073709551615"),
        ])
    func decimal(number: UInt64, width: Int, text: String) {
        var bytes = Array("=".utf8)
        bytes.append(decimal: number, width: width)
        #expect(String(decoding: bytes, as: UTF8.self) == "=" + text)
    }

    @Test(
        "a moment has three places for its milliseconds",
        arguments: [
            (Int64(0), "1970-01-01T00:00:00.000Z"), (42, "1970-01-01T00:00:00.042Z"),
            (-1, "1969-12-31T23:59:59.999Z"), (1_767_225_600_999, "2026-01-01T00:00:00.999Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
        ])
    func moment(milliseconds: Int64, text: String) {
        var bytes: [UInt8] = []
        bytes.append(rfc3339: Timestamp(milliseconds: milliseconds), milliseconds: true)
        #expect(String(decoding: bytes, as: UTF8.self) == text)
    }

    @Test(
        "no moment is too far away to be written", arguments: [Int64.min, -62_167_219_200_001, .max])
    func far(milliseconds: Int64) {
        #expect(Timestamp(milliseconds: milliseconds).rfc3339.hasSuffix("Z"))
    }
}
