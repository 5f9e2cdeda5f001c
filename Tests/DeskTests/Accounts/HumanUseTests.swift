import Ledger
import Testing
import Tokens

@testable import Desk

@Suite("Signs that a person uses a service account's token")
struct HumanUseTests {
    static let alice = SubjectID(number: 1), bob = SubjectID(number: 2)
    static let now = Timestamp(seconds: 1_774_345_500)

    static func use(
        _ address: String, _ client: String = "Maven 3.9.9", service: String = "maven", count: Int = 1,
        ago: TimeSpan = .hours(1)
    ) -> Use {
        Use(
            secret: SecretID(number: 9), service: service, address: address, client: client,
            lastAt: now - ago, count: count)
    }

    static func at(_ address: String, _ person: SubjectID, _ way: PersonAtAddress.Way) -> PersonAtAddress {
        PersonAtAddress(address: address, subject: person, way: way)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let uses: [Use]
        var people: [PersonAtAddress] = []
        let signs: [HumanUse.Sign]
    }

    static let cases = [
        Case(testDescription: "a build at its own address", uses: [use("10.0.0.7")], signs: []),
        Case(testDescription: "a browser", uses: [use("10.0.0.7", "Firefox")], signs: [.browser]),
        Case(testDescription: "a browser of no known name", uses: [use("", "a browser")], signs: [.browser]),
        Case(
            testDescription: "a tool whose name begins like a browser's",
            uses: [use("10.0.0.7", "Firefox 1.0")],
            signs: []),
        Case(
            testDescription: "the address where one person signs in", uses: [use("10.0.0.7")],
            people: [at("10.0.0.7", alice, .session)], signs: [.signIn(alice)]),
        Case(
            testDescription: "the address where one person's own tokens are used", uses: [use("10.0.0.7")],
            people: [at("10.0.0.7", alice, .token)], signs: [.ownToken(alice)]),
        Case(
            testDescription: "both of one person", uses: [use("10.0.0.7")],
            people: [at("10.0.0.7", alice, .token), at("10.0.0.7", alice, .session)], signs: [.signIn(alice)]),
        Case(
            testDescription: "an office, where two people sign in", uses: [use("10.0.0.7")],
            people: [at("10.0.0.7", alice, .session), at("10.0.0.7", bob, .session)], signs: []),
        Case(
            testDescription: "an office, where one signs in and another's token is used",
            uses: [use("10.0.0.7")],
            people: [at("10.0.0.7", alice, .session), at("10.0.0.7", bob, .password)], signs: []),
        Case(
            testDescription: "somebody at another address", uses: [use("10.0.0.7")],
            people: [at("10.0.0.8", alice, .session)], signs: []),
        Case(
            testDescription: "an unknown address", uses: [use("")],
            people: [at("", alice, .session)].filter { !$0.address.isEmpty }, signs: []),
        Case(
            testDescription: "the desk's own API, where it rotates itself",
            uses: [use("10.0.0.7", "a browser", service: "jeton")], signs: []),
    ]

    @Test("what is a sign, and what is not", arguments: cases)
    func signs(_ row: Case) {
        #expect(HumanUse.signs(in: row.uses, people: row.people).map(\.sign) == row.signs)
    }

    @Test("uses at one place are told once, with their number and the latest of them")
    func sums() {
        let uses = [
            Self.use("10.0.0.7", "Firefox", count: 2, ago: .hours(9)),
            Self.use("10.0.0.7", "Chrome", count: 3, ago: .hours(1)),
            Self.use("10.0.0.9", "Safari", ago: .hours(5)),
        ]
        let found = HumanUse.signs(in: uses, people: [])
        #expect(found.map(\.use.count) == [5, 1])
        #expect(found.first?.use.client == "Chrome")
        let many = (0..<20).map { Self.use("10.0.0.\($0)", "Firefox", ago: .hours(Int64($0 + 1))) }
        #expect(
            HumanUse.signs(in: many, people: []).map(\.use.address).prefix(2) == ["10.0.0.0", "10.0.0.1"])
        #expect(HumanUse.signs(in: many, people: []).count == HumanUse.limit)
    }

    @Test("only addresses that tell something are asked about, the latest first")
    func addresses() {
        let uses =
            [
                Self.use("127.0.0.1"), Self.use("::1"), Self.use(""), Self.use("unix"),
                Self.use("10.0.0.1", ago: .days(3)), Self.use("10.0.0.1", "Git"),
                Self.use("10.0.0.2", ago: .days(2)),
            ] + (10..<30).map { Self.use("10.0.1.\($0)", ago: .days(9)) }
        let asked = HumanUse.addresses(of: uses)
        #expect(asked.prefix(2) == ["10.0.0.1", "10.0.0.2"])
        #expect(asked.count == LedgerLimits.addressesAskedFor)
    }
}
