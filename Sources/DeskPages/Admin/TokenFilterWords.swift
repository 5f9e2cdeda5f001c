import Desk
import Ledger
import Tokens

/// How people read a filter of the inventory.
struct TokenFilterWords: Sendable, Hashable {
    let filter: TokenFilter
    let titles: ServiceTitles

    /// What the form calls a field.
    static func title(of field: TokenFilter.Field) -> String {
        switch field {
        case .search: "search"
        case .state: "state"
        case .owner: "owner"
        case .kind: "kind of owner"
        case .service: "service"
        case .allows: "access"
        case .address: "address"
        case .client: "client"
        case .usedFrom: "first day of use"
        case .usedUntil: "last day of use"
        case .createdFrom: "first day of creation"
        case .createdUntil: "last day of creation"
        case .finding: "finding"
        case .sort: "order"
        case .after: "page"
        }
    }

    /// The filters in use, each with the link that removes it.
    @HTMLBuilder
    var chips: HTML {
        let fields = filter.narrowing
        if !fields.isEmpty {
            ul(.class("chips"), .label("Filters in use")) {
                for field in fields {
                    li {
                        a(
                            .href(DeskPath.allTokens.with(filter.without(field))),
                            .label("Remove the filter \(words(for: field))")
                        ) { words(for: field) }
                    }
                }
                if fields.count > 1 {
                    li(.class("all")) { a(.href(.allTokens)) { "Remove all" } }
                }
            }
        }
    }

    /// "owner alice".
    private func words(for field: TokenFilter.Field) -> String {
        let text = filter[field] ?? ""
        switch field {
        case .search: return "“\(text)”"
        case .state: return filter.states == ["all"] ? "all states" : filter.states.joined(separator: " or ")
        case .owner: return "owner \(text)"
        case .kind: return TokenQuery.OwnerKind(rawValue: text)?.words ?? text
        case .service: return "used at \(titles[text])"
        case .allows: return "may be used at \(titles[text])"
        case .address: return "used from \(text)"
        case .client: return "used with “\(text)”"
        case .usedFrom: return "used since \(text)"
        case .usedUntil: return "used until \(text)"
        case .createdFrom: return "created since \(text)"
        case .createdUntil: return "created until \(text)"
        case .finding: return (TokenFinding(rawValue: text)?.title).map { "finding: \($0)" } ?? text
        case .sort, .after: return ""
        }
    }
}

extension TokenQuery.OwnerKind {
    /// "of people".
    var words: String {
        switch self {
        case .person: "of people"
        case .account: "of service accounts"
        case .agent: "of agents on behalf of people"
        }
    }
}

extension TokenOrder {
    /// "newest first".
    var words: String {
        switch self {
        case .newest: "newest first"
        case .oldest: "oldest first"
        case .name: "by name"
        case .owner: "by owner"
        case .lastUse: "last used first"
        case .leastUsed: "longest unused first"
        case .expiry: "expires first"
        }
    }
}
