import Desk
import HTTPServer
import Ledger
import Tokens

/// What My Tokens shows of many tokens: a search, an order, and one page of them. A short list is shown whole, as it is.
struct TokenListing: Sendable, Hashable {
    /// The form; `nil` where all tokens fit on a page.
    var filter: ListFilter?
    /// The number of the tokens that work or are paused, and how many of them are paused.
    var working = 0
    var paused = 0
    /// How many of those match; `nil` where all do.
    var matching: Int?
    /// The page, from 1 on, and how many there are.
    var page = 1
    var pages = 1
    /// The number of the tokens that have ended and match.
    var ended = 0
    /// The page with older tokens that have ended.
    var olderEnded: DeskPath?
    /// Whether a later page of those is shown.
    var isLaterEnded = false
    /// The address of the list.
    let path: DeskPath

    /// A short list.
    init(_ rows: [TokenRow], ended: Int, at now: Timestamp, path: DeskPath = .tokens) {
        working = rows.count
        paused = rows.count { $0.token.state(at: now) == .paused }
        self.ended = ended
        self.path = path
    }

    /// The address of another page.
    private func path(ofPage number: Int) -> DeskPath {
        (filter ?? ListFilter(path: path, title: "")).page("page", number == 1 ? nil : String(number))
    }

    /// What is shown of a long list; `nil` for a short one, or its beginning.
    var view: ListView? {
        guard let filter else { return nil }
        let view = ListView(ofOwnTokens: filter.items + [("page", page == 1 ? nil : String(page))])
        return view.pairs.isEmpty ? nil : view
    }

    /// The links to the other pages.
    @HTMLBuilder
    var links: HTML {
        if pages > 1 {
            nav(.class("actions pages"), .label("Pages of the list")) {
                if page > 1 { a(.class("button"), .href(path(ofPage: page - 1))) { "Previous page" } }
                span(.class("hint")) { "Page \(page) of \(pages)" }
                if page < pages { a(.class("button"), .href(path(ofPage: page + 1))) { "Next page" } }
            }
        }
    }

    /// The link to the tokens that ended latest, where older ones are shown, and to those before.
    var endedLinks: HTML {
        pageLinks(
            first: isLaterEnded ? (filter?.page("ended", nil) ?? path).at("ended") : nil, next: olderEnded,
            words: "Older ones")
    }

    /// "3 active tokens", "2 active tokens and 1 paused", "5 of 303 tokens".
    var count: String {
        if let matching { return "\(matching) of \(working) tokens" }
        let active = working - paused
        let words = active == 1 ? "1 active token" : "\(active) active tokens"
        return paused == 0 ? words : "\(words) and \(paused) paused"
    }
}

/// The orders of My Tokens.
extension TokenOrder {
    fileprivate static let titles: [(value: String, title: String)] = [
        (TokenOrder.newest.rawValue, "Newest"), (TokenOrder.oldest.rawValue, "Oldest"),
        (TokenOrder.name.rawValue, "Name"),
        (TokenOrder.lastUse.rawValue, "Last used"), (TokenOrder.leastUsed.rawValue, "Not used for long"),
        (TokenOrder.expiry.rawValue, "Expires first"),
    ]

    /// Whether `left` comes before `right` in a list that is in memory.
    fileprivate func comes(_ left: ListedToken, before right: ListedToken) -> Bool {
        func moments(_ moment: (ListedToken) -> Timestamp?, missing: Timestamp) -> (Timestamp, Timestamp) {
            (moment(left) ?? missing, moment(right) ?? missing)
        }
        let (never, last) = (Timestamp(milliseconds: .min), Timestamp(milliseconds: .max))
        switch self {
        case .newest, .owner: return left.token.secret > right.token.secret
        case .oldest: return left.token.secret < right.token.secret
        case .name:
            return (left.token.name.text.folded, left.token.secret)
                < (right.token.name.text.folded, right.token.secret)
        case .lastUse:
            let (one, other) = moments({ $0.lastUse?.lastAt }, missing: never)
            return (one, left.token.secret) > (other, right.token.secret)
        case .leastUsed:
            let (one, other) = moments({ $0.lastUse?.lastAt }, missing: never)
            return (one, left.token.secret) < (other, right.token.secret)
        case .expiry:
            let (one, other) = moments({ $0.token.expiresAt }, missing: last)
            return (one, left.token.secret) < (other, right.token.secret)
        }
    }
}

/// A page of somebody's tokens, and what it is a page of.
struct TokenListPage: Sendable {
    /// The tokens that work or are paused, of this page.
    let rows: [TokenRow]
    /// The tokens that have ended, of their page.
    let past: [TokensPage.PastToken]
    let listing: TokenListing
    /// What programs got for assertions of the identity provider.
    let asserted: [ExchangedToken]
    /// All tokens that work or are paused.
    let all: [Token]
}

extension DeskPages {
    /// A page of somebody's own tokens, or of a service account's, as the address asks.
    func tokenListPage(
        of owner: Subject, at path: DeskPath, _ visit: PersonVisit
    ) async throws -> TokenListPage {
        let all = try await parts.tokens.working(of: owner.id)
        let exchanged = all.filter { $0.token.exchange != nil }
        let parents = all.filter(\.token.isLasting)
        let (search, items) = (visit.visit.search, visit.request.queryItems)
        let order = items["order"].flatMap(TokenOrder.init) ?? .newest
        let matching = parents.filter { listed in
            search.map { listed.token.isFound(by: $0.folded, exchanged) } ?? true
        }.sorted { order.comes($0, before: $1) }
        let pages = max(1, (matching.count + Self.listLength - 1) / Self.listLength)
        let page = min(max(1, items["page"].flatMap { Int($0) } ?? 1), pages)
        let shown = matching.dropFirst((page - 1) * Self.listLength).prefix(Self.listLength)
        let (past, older, ended) = try await past(of: owner, search, visit)

        var listing = TokenListing([], ended: ended, at: visit.now, path: path)
        listing.working = parents.count
        listing.paused = parents.count { $0.token.state(at: visit.now) == .paused }
        listing.matching = search == nil ? nil : matching.count
        (listing.page, listing.pages) = (page, pages)
        listing.isLaterEnded = items["ended"] != nil
        if max(parents.count, ended) > Self.listLength || search != nil || order != .newest {
            listing.filter = .tokens(at: path, search, order)
        }
        listing.olderEnded = older.map {
            (listing.filter?.page("ended", $0.text) ?? path.with([("ended", $0.text)])).at("ended")
        }
        return TokenListPage(
            rows: try await rows(Array(shown) + exchanged, at: visit.now), past: past, listing: listing,
            asserted: all.filter { $0.token.assertedClient != nil }.map {
                ExchangedToken(token: $0.token, lastUse: $0.lastUse)
            },
            all: all.map(\.token))
    }

    /// A page of the tokens that were revoked or have expired, the latest first, with the cursor of the next page and the
    /// number of all that match.
    private func past(
        of owner: Subject, _ search: String?, _ visit: PersonVisit
    ) async throws -> (page: [TokensPage.PastToken], next: SecretID?, count: Int) {
        var query = TokenQuery(
            owner: owner.id, states: [.revoked, .expired], now: visit.now, limit: Self.listLength)
        query.namePart = search
        let count = try await parts.tokens.count(query)
        query.before = visit.request.queryItems["ended"].flatMap(SecretID.init)
        let list = try await parts.tokens.list(query)
        let logins = try await parts.people.logins(of: list.tokens.compactMap(\.token.revocation?.by))
        let page = list.tokens.map { listed in
            TokensPage.PastToken(
                token: listed.token, endedBy: listed.token.revocation?.by.flatMap { logins[$0] },
                lastUse: listed.lastUse)
        }
        return (page, list.next, count)
    }
}

extension ListFilter {
    fileprivate static func tokens(at path: DeskPath, _ search: String?, _ order: TokenOrder) -> ListFilter {
        ListFilter(
            path: path, title: "Find by name, description or identifier", search: search,
            choices: [
                Choice(
                    "order", "Sort by", TokenOrder.titles, chosen: order == .newest ? nil : order.rawValue,
                    isOrder: true)
            ])
    }
}

extension Token {
    /// Whether the folded `words` are in what its owner knows of it, or of a token that was exchanged for it.
    fileprivate func isFound(by words: String, _ exchanged: [ListedToken]) -> Bool {
        name.text.folded.contains(words) || description.folded.contains(words) || id.text == words
            || exchanged.contains { other in
                other.token.exchange?.parent == secret && other.token.name.text.folded.contains(words)
            }
    }
}
