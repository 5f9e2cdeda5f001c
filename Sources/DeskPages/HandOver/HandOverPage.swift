import Desk
import Ledger
import Tokens

/// Handing a token over to a service account: first which account, then what that does, to be confirmed.
struct HandOverPage: Page {
    let token: Token
    /// The owner, where an administrator does it.
    var owner: Subject?
    /// The accounts to choose from.
    let accounts: [Subject]
    /// Those of which a steward has to agree first.
    var asked: Set<SubjectID> = []
    /// What it does, where an account was chosen.
    var preview: HandOverPreview?
    /// What was typed as the name at the account, and as the reason.
    var name: String?
    var reason = ""
    var faults: [FormFault] = []
    let wording: Wording
    let proof: FormProof

    private var paths: TokenPaths { TokenPaths(id: token.id, isForAdministrators: owner != nil) }

    var title: String { "Hand over \(token.name)" }
    var navigationItem: NavigationItem? { paths.navigationItem }

    var content: HTML {
        section(.class("card medium"), .labelledBy("title")) {
            h1(.id("title")) { "Hand over “\(token.name)” to a service account" }
            p(.class("lead")) {
                if let owner { "It belongs to \(owner.login). " }
                "The token becomes the account’s, and its stewards manage it from then on. "
                "Its secret stays the same, so that whatever uses it goes on."
            }
            faultSummary(faults)
            if let preview { confirmation(preview) } else { choice }
        }
    }

    @HTMLBuilder
    private var choice: HTML {
        if accounts.isEmpty {
            p {
                "There is no service account yet."
            }
            p(.class("actions")) { a(.class("button quiet"), .href(paths.page)) { "Back to the token" } }
        } else {
            HTML(
                "form", [.method("get"), .action(paths.handOver)],
                HTML(joining: [
                    div(.class(faults.isEmpty ? "field" : "field wrong")) {
                        label(.for("account")) { "Service account" }
                        faultText(faults.about("account"), id: "account")
                        select(.id("account"), .name("account")) {
                            for account in accounts {
                                option(.value(account.login.text)) {
                                    account.name == account.login.text
                                        ? account.login.text : "\(account.login) (\(account.name))"
                                    asked.contains(account.id) ? ", if one of its stewards agrees" : ""
                                }
                            }
                        }
                    },
                    p(.class("actions")) {
                        button(.type("submit"), .class("primary")) { "Show what changes" }
                        a(.class("button quiet"), .href(paths.page)) { "Cancel" }
                    },
                ]))
        }
    }

    private func confirmation(_ preview: HandOverPreview) -> HTML {
        HTML(joining: [
            h2 { "What it may do at \(preview.account.login)" }, scopeList(preview), whatChanges(preview),
            postForm(to: paths.handOver, proof: proof) {
                input(.type("hidden"), .name("account"), .value(preview.account.login.text))
                input(
                    .type("hidden"), .name("scopes"),
                    .value(preview.scopes.kept.map(\.text).joined(separator: " ")))
                field(
                    "name", label: "Name at the account", faults: faults, .type("text"), .required,
                    .value(name ?? token.name.text), .maxLength(TokenName.limit), .autocomplete("off"))
                if preview.needsConsent {
                    field(
                        "reason", label: "Why?", hint: "The stewards of \(preview.account.login) read this.",
                        faults: faults, .type("text"), .value(reason), .maxLength(Token.descriptionLimit),
                        .autocomplete("off"))
                }
                p(.class("actions")) {
                    button(.type("submit"), .class("primary")) {
                        preview.needsConsent
                            ? "Ask its stewards" : "Hand over to \(preview.account.login)"
                    }
                    a(.class("button quiet"), .href(accounts.count > 1 ? paths.handOver : paths.page)) {
                        accounts.count > 1 ? "Choose another account" : "Cancel"
                    }
                }
            },
        ])
    }

    @HTMLBuilder
    private func scopeList(_ preview: HandOverPreview) -> HTML {
        ul(.class("scopes"), .label("Access that remains")) {
            for scope in preview.scopes.kept { li { wording.titles.words(for: scope) } }
        }
        if !preview.scopes.lost.isEmpty {
            p { strong { "It loses:" } }
            ul {
                for lost in preview.scopes.lost {
                    li { "\(wording.titles.words(for: lost.scope)): \(reason(lost.loss, preview))" }
                }
            }
        }
    }

    private func reason(_ loss: HandedScopes.Loss, _ preview: HandOverPreview) -> String {
        switch loss {
        case .atDesk: "managing the desk stays with people"
        case .unknownService: "this service is no longer there"
        case .owner: "\(preview.owner.login) may no longer use it"
        case .account: "\(preview.account.login) may not use it"
        }
    }

    private func whatChanges(_ preview: HandOverPreview) -> HTML {
        let former = preview.owner.login
        return ul(.class("hint")) {
            if preview.needsConsent {
                li {
                    "You are not a steward of \(preview.account.login): one of them has to agree. Then you can hand the "
                    "token over for 7 days."
                }
            }
            if token.scopes == .everyService {
                li { "Until now it works at every service, also at new ones. From now on only at these." }
            }
            li {
                "Services are told of \(preview.account.login) from now on, in place of \(former). "
                "Beside this secret they go on taking the login “\(former)”, too, until the token is rotated: what was "
                "stored as \(former) with this token goes on working."
            }
            li {
                "Programs that ask through saslauthd take the login “\(preview.account.login)” alone: change it there."
            }
            li {
                if let due = preview.rotationDue {
                    "\(former) has left: the token works again at once, and a steward has to rotate it before "
                    moment(due, .minute)
                    ". From then on this secret is refused."
                } else {
                    "\(former) still knows the secret. When they leave, the stewards have to rotate the token within a "
                    "grace, and it is refused after that."
                }
            }
        }
    }
}

/// That somebody else than the account's stewards knows the secret of a token.
struct FormerOwnerNotice: Sendable, Hashable {
    let former: FormerOwner

    func html(at now: Timestamp) -> HTML {
        div(.class("notice \(former.rotationDue == nil ? "overlap" : "bad")")) {
            p {
                strong { "Secret known to \(former.person.login)" }
                ", whose token this was until "
                moment(former.handOver.at, .minute)
                ". Their login is taken beside it until the token is rotated."
            }
            if let due = former.rotationDue {
                p {
                    "They have left. "
                    due > now ? "Rotate the token before " : "It is refused since "
                    moment(due, .minute)
                    due > now ? ": from then on this secret is refused." : ": rotate the token."
                }
            }
        }
    }
}

/// The tokens of somebody who has left that tools still used lately, each with a way to hand it over.
struct LeftInUseSection: Sendable, Hashable {
    let person: Subject
    let tokens: [ListedToken]

    func html(_ wording: Wording) -> HTML {
        section(.class("card"), .id("in-use"), .labelledBy("in-use-title")) {
            h2(.id("in-use-title")) { "Tokens that tools still used in the last 30 days" }
            p(.class("hint")) {
                "They are refused while \(person.login) is \(person.suspendedAt == nil ? "deactivated" : "suspended"). "
                "Handed over to a service account, a token works again at once, and its stewards have to rotate it "
                "within the grace."
            }
            ul(.class("exchanged")) {
                for listed in tokens {
                    li {
                        div {
                            a(.href(.anyToken(listed.token.id))) { listed.token.name.text }
                            if let use = listed.lastUse {
                                span(.class("where")) {
                                    "last used "
                                    moment(use.lastAt)
                                    " at \(whereabouts(of: use, wording.titles))"
                                }
                            }
                        }
                        a(
                            .class("button small"), .href(.handOverAny(listed.token.id)),
                            .label("Hand over \(listed.token.name) to a service account")
                        ) { "Hand over to a service account" }
                    }
                }
            }
        }
    }
}
