import Desk
import Ledger
import Tokens

extension AllTokensPage {
    var tokenTable: HTML {
        table(.class("cards fixed"), .role("table")) {
            caption(.class("unseen")) { "Tokens of everybody, \(order.words)" }
            thead {
                tr(.role("row")) {
                    th(.scope("col"), .role("columnheader"), .class("w-select")) {
                        span(.class("unseen")) { "Select" }
                    }
                    sortable("Token", .name, class: "w-token")
                    sortable("Owner", .owner, class: "w-owner")
                    th(.scope("col"), .role("columnheader"), .class("w-access")) { "Access" }
                    sortable("Last used", .lastUse, .leastUsed, class: "w-use")
                    sortable("Expires", .expiry, class: "w-date")
                    sortable("Created", .newest, .oldest, class: "w-date")
                    th(.scope("col"), .role("columnheader"), .class("w-act")) { "Action" }
                }
            }
            tbody { for listed in tokens { row(listed) } }
        }
    }

    /// The header of a column, with the link that orders the list by it; by `other` where it is ordered by it already.
    private func sortable(
        _ text: String, _ first: TokenOrder, _ other: TokenOrder? = nil, class place: String
    ) -> HTML {
        let isBy = order == first || order == other
        let wanted = order == first ? other ?? first : first
        return th(
            .scope("col"), .role("columnheader"), .class(place), isBy ? .sorted(order.isAscending) : nil
        ) {
            a(
                .href(DeskPath.allTokens.with(filter.with(.sort, wanted.rawValue))),
                .title("Order the list \(wanted.words)")
            ) { text }
        }
    }

    /// The list to come back to, where its address is short enough to stand in every row.
    private var view: ListView? {
        DeskPath.allTokens.with(filter).text.utf8.count <= 300 ? ListView(filter) : nil
    }

    private func row(_ listed: ListedToken) -> HTML {
        let token = listed.token
        let paths = TokenPaths(id: token.id, isForAdministrators: true, view: view)
        let isWorking = token.isWorking(at: wording.now)
        let isDormant = listed.owner.isDormant(policy, at: wording.now)
        let isOff = !isWorking || listed.owner.isSuspended || isDormant
        return tr(.role("row"), isOff ? .class("off") : nil) {
            cell("Select") {
                if isWorking {
                    input(
                        .type("checkbox"), .name(Self.chosenField), .value(token.id.text),
                        choosesAll ? .checked : nil, .label("Select \(token.name) of \(listed.owner.login)"))
                }
            }
            cell("Token") { name(of: token, at: paths.page) }
            cell("Owner") { owner(of: listed, isDormant: isDormant) }
            cell("Access") { shortLimitList(of: token, wording.titles) }
            cell("Last used") {
                if let use = listed.lastUse {
                    moment(use.lastAt)
                    span(.class("where")) { whereabouts(of: use, wording.titles) }
                } else {
                    span(.class("never")) { "Never used" }
                }
            }
            cell("Expires") { if let end = token.expiresAt { moment(end, .exact) } else { "Never" } }
            cell("Created") { moment(token.createdAt, .day) }
            cell("Action") {
                if isWorking {
                    a(
                        .class("button small danger"), .href(paths.revoke),
                        .label("Revoke \(token.name) of \(listed.owner.login)")
                    ) { "Revoke" }
                }
            }
        }
    }

    @HTMLBuilder
    private func name(of token: Token, at page: DeskPath) -> HTML {
        strong { a(.href(page)) { token.name.text } }
        span(.class("where")) { code { token.id.text } }
        stateTags(of: token, isDormant: false, at: wording.now)
        if token.isOfAgent {
            let agent = token.exchange?.device.text ?? token.assertedClient?.title ?? ""
            span(.class("tag"), .title("\(agent) acts with it on behalf of the owner")) { "agent" }
        } else if let exchange = token.exchange {
            span(.class("tag"), .title("A program got it in exchange, on device \(exchange.device)")) {
                "exchanged"
            }
        }
    }

    @HTMLBuilder
    private func owner(of listed: ListedToken, isDormant: Bool) -> HTML {
        let owner = listed.owner
        a(.href(.subject(owner))) { owner.login.text }
        if owner.isPerson {
            if owner.name != owner.login.text { span(.class("where")) { owner.name } }
        } else {
            span(.class("tag")) { "service account" }
            unattendedTag(of: owner)
        }
        if owner.endedAt != nil { span(.class("tag bad")) { "removed" } }
        if owner.suspendedAt != nil { span(.class("tag bad")) { "suspended" } }
        if owner.deactivatedAt != nil { span(.class("tag bad")) { "deactivated" } }
        if isDormant { span(.class("tag bad")) { "dormant" } }
    }
}

/// The first scopes of a token, how many more there are, and whether it is bound to addresses.
func shortLimitList(of token: Token, _ titles: ServiceTitles) -> HTML {
    let most = 2
    return ul(.class("scopes"), .label("Access")) {
        if case .everyService = token.scopes {
            li { "Every service: read and write" }
        } else {
            let scopes = token.scopes.list
            for scope in scopes.prefix(most) {
                li(scope.isAtDesk ? .class("power") : nil) { titles.words(for: scope) }
            }
            if scopes.count > most { li(.class("from")) { "and \(scopes.count - most) more" } }
        }
        if !token.addresses.isEmpty {
            li(.class("from")) {
                token.addresses.count == 1
                    ? "Only from \(token.addresses[0])" : "Only from \(token.addresses.count) ranges"
            }
        }
    }
}

extension TokenOrder {
    /// Whether what it is ordered by grows down the list.
    fileprivate var isAscending: Bool {
        switch self {
        case .newest, .lastUse: false
        case .oldest, .name, .owner, .leastUsed, .expiry: true
        }
    }
}
