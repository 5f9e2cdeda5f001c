import HTTPServer
import Ledger
import Sodium
import TestHouse
import Testing
import Tokens

@testable import DeskPages

@Suite("Pages: numbers that somebody else wrote into the database")
struct PagesStrangeNumbersTests {
    static let numbers: [Int64] = [
        .min, .min + 1, -62_167_219_200_001, -1, 0, 253_402_300_800_000, .max - 1, .max,
    ]

    @Test("are shown as they are, and end nothing", arguments: numbers)
    func shown(number: Int64) async throws {
        let house = try PagesHouse()
        let (browser, alice) = try await house.browser("alice", administrator: true)
        let moment = Timestamp(milliseconds: number)
        let token = Token(
            id: .make(at: house.house.clock.now), owner: alice.id, name: try TokenName("strange"),
            scopes: .everyService, createdAt: moment, origin: .commandLine, expiresAt: moment)
        try await house.house.ledger.add(
            token, digest: TokenFormat.standard.makeSecret().digest,
            event: Event(.tokenCreated, at: moment, actor: nil, token: token.id))
        let bruno = Subject(
            id: .make(at: moment), login: try Login("bruno"), suspendedAt: moment, createdAt: moment)
        try await house.house.ledger.add(
            bruno, event: Event(.subjectAdded, at: moment, actor: nil, subject: bruno.id))
        let session = Session(
            id: .make(at: moment), digest: SHA256Digest(of: Sodium.randomBytes(count: 32).span),
            subject: alice.id,
            createdAt: moment, lastSeenAt: moment, address: "", client: "", providerSession: "")
        try await house.house.ledger.add(session, event: Event(.signedIn, at: moment, actor: alice.id))
        try await house.house.setSignInPolicy(every: .days(42))
        for path in [
            "/tokens", "/tokens/\(token.id)", "/account", "/admin/people", "/admin/tokens", "/admin/events",
        ] {
            #expect(await browser.get(path).status == 200, "\(path)")
        }
    }
}
