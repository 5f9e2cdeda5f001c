import Ledger
import Tokens

/// My Tokens: the person's tokens and the form for a new one; or those of a service account, for its stewards.
struct TokensPage: Page {
    let active: [TokenRow]
    /// Revoked and expired tokens, latest first.
    let past: [PastToken]
    /// Which of many tokens these are; `nil` where they are all.
    var part: TokenListing?
    /// What programs got for assertions of the identity provider.
    var asserted: [ExchangedToken] = []
    /// Ended tokens of which an earlier secret still works.
    var partlyEnded: [PartlyEndedToken] = []
    let form: NewTokenForm
    var sleep: DormancyNotice?
    var passwords: PasswordNotice?
    /// The service account whose tokens they are.
    var account: AccountHead?
    let wording: Wording

    /// A revoked or expired token.
    struct PastToken: Sendable, Hashable {
        let token: Token
        /// The login of the person who revoked it.
        let endedBy: String?
        let lastUse: Use?
    }

    var title: String { account.map { "Tokens of \($0.subject.login)" } ?? "My tokens" }
    var navigationItem: NavigationItem? { account == nil ? .tokens : .stewardship }

    var content: HTML {
        if account != nil { p(.class("back")) { a(.href(.stewardship)) { "My service accounts" } } }
        if let account { account.notices(wording) }
        if let sleep, hasActive { sleep.html }
        for one in partlyEnded {
            partlyEndedNotice(
                one.previous, of: one.token, at: TokenPaths(id: one.token.id, account: account?.subject),
                form.proof, wording,
                namesToken: true)
        }
        div(.class("page-top")) {
            if let account {
                pageHead(title, account.lead)
            } else {
                pageHead(
                    "My tokens",
                    "A token replaces your password in tools that can only ask for one. "
                        + "Revoking it stops that tool at once, and no other.")
            }
            if !hasActive, account == nil { newcomer }
            foldedForm("New token", isOpen: isFormOpen) { form.html }
        }
        if let account { account.html(wording) }
        if let passwords { passwords.html(wording) }
        if let filter = listing.filter { filter.html }
        if hasActive {
            section(.labelledBy("active")) {
                h2(.id("active"), .class("count")) { listing.count }
                if active.isEmpty {
                    p(.class("empty")) { "No token matches “\(listing.filter?.search ?? "")”." }
                } else {
                    ul(.class("tokens card")) {
                        for row in active {
                            row.row(
                                wording, isDormant: sleep?.isDormant ?? false, view: listing.view,
                                proof: form.proof)
                        }
                    }
                    listing.links
                }
            }
        }
        if hasAgents, account == nil { agents }
        if !past.isEmpty { ended }
        p(.class("hint")) {
            "Found a secret or an identifier? "
            a(.href(.whose)) { "See which token it belongs to" }
            ". To notice who looks where nobody should, "
            a(.href(.decoys)) { "leave decoys" }
            "."
        }
    }

    private var isFormOpen: Bool {
        !form.faults.isEmpty || form.isAsked || !hasActive && account?.subject.isSuspended != true
    }

    private var listing: TokenListing { part ?? TokenListing(active, ended: past.count, at: wording.now) }

    /// Whether any token works or is paused, also on another page.
    private var hasActive: Bool { listing.working > 0 }

    private var hasAgents: Bool {
        !asserted.isEmpty || active.contains { $0.exchanged.contains { $0.token.delegation != nil } }
    }

    private var agents: HTML {
        section(.class("card"), .labelledBy("agents")) {
            h2(.id("agents")) { "Agents on your behalf" }
            p {
                "Agents act with a token of their own, which can do no more than yours. End them all and no request of theirs "
                "is granted any more; your own tokens go on working."
            }
            if let first = asserted.first {
                exchangedItems(asserted, at: TokenPaths(id: first.token.id), of: "you", wording)
            }
            postForm(to: .endAgents, proof: form.proof) {
                p(.class("actions")) { button(.type("submit"), .class("danger")) { "End all agents" } }
            }
        }
    }

    private var newcomer: HTML {
        section(.class("newcomer"), .labelledBy("newcomer")) {
            img(.src(Assets.path("coin.svg")), .alt(""), .width(72), .height(72))
            div {
                h2(.id("newcomer")) { past.isEmpty ? "You have no tokens yet" : "You have no active tokens" }
                p {
                    "Maven, Git, curl and CI jobs cannot sign in the way you do in a browser: they ask for a password. "
                    "Give each its own token instead of yours:"
                }
                ul {
                    li {
                        strong { "One per tool." }
                        " Name it after where it will be used, such as “Maven on my laptop”."
                    }
                    li {
                        strong { "No more than it needs." }
                        " For a build that only downloads, read access is enough."
                    }
                    li {
                        strong { "Lost or leaked?" }
                        " Revoke that token here; everything else keeps working."
                    }
                }
            }
        }
    }

    private var ended: HTML {
        details(.class("past"), .id("ended"), listing.isLaterEnded ? .open : nil) {
            summary {
                h2 {
                    listing.ended == 1
                        ? "1 revoked or expired token" : "\(listing.ended) revoked or expired tokens"
                }
            }
            ul(.class("tokens card")) {
                for old in past {
                    li(.class("token ended")) {
                        h3 { a(.href(.token(old.token.id))) { old.token.name.text } }
                        p(.class("end")) { endWords(of: old.token, by: old.endedBy, wording.now) }
                        p(.class("hint")) {
                            "Created "
                            moment(old.token.createdAt, .day)
                            if let use = old.lastUse {
                                ", last used "
                                moment(use.lastAt)
                                " at \(wording.titles[use.service])"
                            } else {
                                ", never used"
                            }
                        }
                    }
                }
            }
            listing.endedLinks
        }
    }
}

/// How a token ended: why, when and by whom.
@HTMLBuilder
func endWords(of token: Token, by login: String?, _ now: Timestamp) -> HTML {
    if let revocation = token.revocation {
        switch revocation.reason {
        case .rotated: "Replaced by a new secret"
        case .reused: "Revoked since a secret that had ended, or a code that was redeemed, came again"
        case .withParent:
            token.job == nil
                ? "Revoked with the token it was exchanged for" : "Revoked with the trust rule that gave it"
        case .byItself: "Revoked with the token itself"
        case .byService: "Revoked by a service where it was used"
        case .byOwner, .byAdministrator: "Revoked"
        case .accountEnded: "Revoked when its owner’s account was closed"
        case .bySignal: "Revoked because of a signal of the identity provider"
        case .idle: "Revoked since nobody used it"
        case .leaked: "Revoked since its secret was found where it must not be"
        }
        " on "
        moment(revocation.at, .minute)
        switch (revocation.reason, login) {
        case (.byItself, _), (.byService, _), (.reused, _), (.accountEnded, _), (.bySignal, _), (.idle, _),
            (.leaked, nil),
            (.withParent, nil):
            HTML.none
        case (_, nil): " on the server’s command line"
        case (.byAdministrator, let login?): " by \(login), an administrator"
        case (_, let login?): " by \(login)"
        }
    } else if let end = token.expiresAt, end <= now {
        "Expired on "
        moment(end, .exact)
    }
}
