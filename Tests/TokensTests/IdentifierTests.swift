import Testing
import Tokens

@Suite("Identifiers")
struct IdentifierTests {
    @Test(
        "they are 13 characters that are read back",
        arguments: [
            (0, "0000000000000"), (1, "0000000000001"), (31, "000000000000z"), (32, "0000000000010"),
            (Int64.max, "7zzzzzzzzzzzz"),
        ])
    func text(number: Int64, text: String) {
        #expect(TokenID(number: number).text == text)
        #expect(TokenID(text) == TokenID(number: number))
    }

    @Test("fresh ones are read back, and say when they were made")
    func roundTrip() {
        for _ in 0..<1000 {
            let id = TokenID.make(at: now)
            #expect(TokenID(id.text) == id)
            #expect(id.number >> 21 == now.milliseconds)
            #expect(id.number >= 0)
        }
    }

    @Test("they sort by the time of making, as numbers and as texts")
    func order() {
        let moments = [
            Timestamp(milliseconds: 0), now, now + TimeSpan(milliseconds: 1), now + .days(36_500 / 2),
        ]
        let ids = moments.map { TokenID.make(at: $0) }
        #expect(ids == ids.sorted())
        #expect(ids.map(\.text) == ids.map(\.text).sorted())
    }

    @Test("a moment before 1970 does no harm")
    func past() {
        #expect(TokenID.make(at: Timestamp(milliseconds: -1)).number < 1 << 21)
    }

    @Test(
        "any other text is refused",
        arguments: [
            "", "0", "000000000000", "00000000000000", "8000000000000", "zzzzzzzzzzzzz", "000000000000i",
            "000000000000l", "000000000000o", "000000000000u", "000000000000A", "00000000000é",
            "000000000000 ",
            "-000000000001", "+000000000001",
        ])
    func refused(text: String) {
        #expect(TokenID(text) == nil)
    }

    @Test("thousands of one moment never meet")
    func oneMoment() {
        let moment = now + .days(1)
        let ids = (0..<10_000).map { _ in TokenID.make(at: moment) }
        #expect(Set(ids).count == ids.count)
        #expect(ids.allSatisfy { $0.number >> 21 == moment.milliseconds })
    }
}
