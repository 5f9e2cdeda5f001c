import Ledger
import Tokens

@testable import Desk
@testable import DeskPages

/// The administrators' home and the inventory.
extension PagesGallery {
    /// A name, a login and a client that leave no room for anything beside them.
    static let longToken = token(
        90, String(repeating: "Wwwwwwwwww", count: 10), "maven:read git studio:write jeton:manage",
        owner: longOwner,
        from: ["192.0.2.0/24", "2001:db8:85a3::/48"])
    static let longOwner = person(
        91, String(repeating: "long.login.", count: 8) + "@example.com",
        String(repeating: "Maximiliana ", count: 8))

    static let inventoryTokens: [ListedToken] =
        rows.enumerated().map {
            ListedToken(token: $1.token, owner: [alice, bruno, chen, dora][$0 % 4], lastUse: $1.lastUse)
        } + [
            ListedToken(
                token: longToken, owner: longOwner,
                lastUse: use(
                    longToken, "maven", "2001:db8:85a3::8a2e:370:7334", String(repeating: "w", count: 100),
                    ago: .days(1))),
            ListedToken(token: exchanged[0].token, owner: alice, lastUse: exchanged[0].lastUse),
        ] + past.map { ListedToken(token: $0.token, owner: bruno, lastUse: $0.lastUse) }

    static func inventory(
        _ pairs: [(String, String)] = [], _ tokens: [ListedToken] = [], total: Int = 0,
        faults: [FormFault] = [], next: TokenCursor? = nil
    ) -> AllTokensPage {
        let filter = TokenFilter(pairs.map { (name: $0.0, value: $0.1) })
        var page = AllTokensPage(filter: filter, services: services, wording: wording, proof: proof)
        (page.tokens, page.total, page.next, page.faults) = (tokens, InventoryTotal(total), next, faults)
        page.order = filter[.sort].flatMap(TokenOrder.init) ?? .newest
        return page
    }

    static let counts = InventoryCounts(
        at: now, people: 20_000, accounts: 500, working: 141_274,
        findings: [.unlimited: 12, .unused: 4180, .shared: 1], passwords: 7)

    static let quietCounts = InventoryCounts(
        at: now, people: 1, accounts: 0, working: 0, findings: [:], passwords: 0)

    static let inventory = [
        Picture(
            "overview", administrator,
            OverviewPage(
                counts: counts,
                uses: (0..<30).map {
                    UseDay(
                        day: now.day - $0, service: $0 % 3 == 0 ? "git" : "maven", count: Int(900 + $0 * 37),
                        hours: [])
                }, wording: wording)),
        Picture(
            "overview-quiet", administrator, OverviewPage(counts: quietCounts, uses: [], wording: wording)),
        Picture(
            "all-tokens", administrator,
            inventory(
                [("state", "all")], inventoryTokens, total: 12_345, next: TokenCursor(laptop.secret)),
            notice:
                "Token “Old build server” of bruno revoked: 1 secret. No request with it is granted any more."
        ),
        Picture(
            "all-tokens-filtered", administrator,
            inventory(
                [
                    ("q", "ci"), ("state", "revoked"), ("state", "paused"), ("owner", "alice"),
                    ("service", "maven"), ("used_from", "2026-01-01"), ("finding", "shared"),
                    ("sort", "last-use"), ("after", "0000000000001"),
                ], Array(inventoryTokens.prefix(3)), total: 3)),
        Picture("all-tokens-empty", administrator, inventory()),
        Picture("all-tokens-no-match", administrator, inventory([("q", "nothing"), ("kind", "account")])),
        Picture("all-tokens-past-the-end", administrator, inventory([("after", "0000000000001")])),
        Picture(
            "all-tokens-faults", administrator,
            inventory(
                [("address", "here"), ("used_from", "yesterday"), ("finding", "none")],
                faults: [
                    FormFault("address", "The address must be an IP address or a range such as 10.0.0.0/8."),
                    FormFault("used_from", "The first day of use must be a date such as 2026-01-31."),
                    FormFault("finding", "The finding must be one of unlimited, unused, not “none”."),
                ])),
    ]
}
