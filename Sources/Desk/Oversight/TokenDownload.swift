public import Ledger
import Tokens

/// The tokens of a filter as CSV (RFC 4180).
public struct TokenDownload: Sendable {
    /// The most tokens of a file.
    public static let most = 250_000
    /// How many are read at once.
    private static let portion = 1000

    private let inventory: Inventory

    public init(inventory: Inventory) {
        self.inventory = inventory
    }

    /// The file, and the cursor of the next one if there is more. It is read in portions, so that it holds up nobody.
    public func file(_ filter: TokenFilter) async throws(DeskFault) -> (bytes: [UInt8], next: TokenCursor?) {
        var query = try await inventory.query(filter, limit: Self.portion)
        var bytes = Array(CSV(Self.headings).text.utf8)
        for _ in 0..<Self.most / Self.portion {
            let page = try await inventory.list(query)
            var portion = CSV()
            for listed in page.tokens { portion.add(Self.cells(listed, at: query)) }
            bytes += portion.text.utf8
            query.after = page.next
            if page.next == nil { break }
        }
        return (bytes, query.after)
    }

    private static let headings = [
        "token", "name", "state", "owner", "owner name", "kind", "scopes", "addresses", "created", "expires",
        "exchanged on device", "last used", "service", "address", "client",
    ]

    private static func cells(_ listed: ListedToken, at query: TokenQuery) -> [String] {
        let (token, owner, use) = (listed.token, listed.owner, listed.lastUse)
        return [
            token.id.text, token.name.text, token.state(at: query.now).word, owner.login.text, owner.name,
            (owner.isPerson ? TokenQuery.OwnerKind.person : .account).rawValue,
            token.scopes == .everyService ? "every service" : token.scopes.text,
            token.addresses.map(\.description).joined(separator: " "), token.createdAt.rfc3339,
            token.expiresAt?.rfc3339 ?? "", token.exchange?.device.text ?? "", use?.lastAt.rfc3339 ?? "",
            use?.service ?? "", use?.address ?? "", use?.client ?? "",
        ]
    }
}
