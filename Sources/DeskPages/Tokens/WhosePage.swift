import Desk
import Ledger
import Tokens

/// The box that answers whose a secret, an identifier, a login or a name is.
struct WhosePage: Page {
    /// Whether it answers an administrator, about everybody's tokens.
    let isAdministrators: Bool
    /// What the file that was sent has.
    var search: WhoseFile?
    /// What was typed; empty where it may hold a part of a secret.
    var typed = ""
    var answer: WhoseAnswer?
    /// The logins of the people who revoked tokens.
    var logins: [SubjectID: String] = [:]
    var policy: SignInPolicy?
    let wording: Wording
    let proof: FormProof

    var title: String { "Whose is this?" }
    var navigationItem: NavigationItem? { isAdministrators ? .whose : .tokens }

    private var path: DeskPath { isAdministrators ? .whoseAny : .whose }

    var content: HTML {
        pageHead(
            "Whose is this?",
            isAdministrators
                ? "Finds a token by its secret, its identifier, its owner or its name. Nothing that you type is kept."
                : "Finds your token by its secret, its identifier or its name. Nothing that you type is kept."
        )
        section(.class("card medium"), .labelledBy("ask")) {
            h2(.id("ask"), .class("unseen")) { "Find a token" }
            postForm(to: path, proof: proof) {
                field(
                    "text",
                    label: isAdministrators
                        ? "Secret, identifier, login or name" : "Secret, identifier or name",
                    hint: "A secret may stand anywhere in what you paste, such as a line of a log.",
                    .type("text"),
                    .value(typed), .maxLength(4000), .autocomplete("off"), .noSpellcheck, .noCapitals)
                p(.class("actions")) { button(.type("submit"), .class("primary")) { "Find" } }
            }
        }
        if isAdministrators { fileForm }
        if let search { search.html(proof: proof) }
        if let answer {
            section(.class("card"), .labelledBy("answer")) {
                h2(.id("answer"), .focusable, .data("focus")) { heading(of: answer) }
                body(of: answer)
            }
        }
    }

    private var fileForm: HTML {
        section(.class("card medium"), .labelledBy("search-file")) {
            h2(.id("search-file")) { "Search a file" }
            postForm(to: .whoseFile, proof: proof, .encoding("multipart/form-data")) {
                field(
                    "file", label: "File",
                    hint:
                        "A log, an archive, an image of a container, a HAR file: it is searched as it arrives, also within "
                        + "archives and Base64, and not kept. For large ones there is jeton leaks scan.",
                    .type("file"), .required)
                p(.class("actions")) { button(.type("submit")) { "Search" } }
            }
        }
    }

    private func heading(of answer: WhoseAnswer) -> String {
        switch answer {
        case .nothing: "Nothing was typed"
        case .secret(let found, _):
            isAdministrators || !found.owner.isPerson ? "A token of \(found.owner.login)" : "Your token"
        case .notYours: "A token of somebody else"
        case .unknownSecret: "No token of this desk"
        case .brokenSecret: "A part of a secret"
        case .tokens(let found, let hasMore):
            switch found.count {
            case 0: "No token found"
            case 1: "1 token"
            default: hasMore ? "The newest \(found.count) tokens" : "\(found.count) tokens"
            }
        }
    }

    @HTMLBuilder
    private func body(of answer: WhoseAnswer) -> HTML {
        switch answer {
        case .nothing: p { "Paste a secret, or type what you know of the token." }
        case .secret(let found, let state):
            p { words(for: state, of: found.token) }
            list([found])
        case .notYours:
            p {
                "This is the secret of a token of this desk, but not of yours. Do not use it: "
                "tell its owner or an administrator where you found it."
            }
        case .unknownSecret: p { "This has the form of a secret, but no token of this desk has it." }
        case .brokenSecret:
            p {
                "This looks like a part of a secret, or a damaged one. "
                "Paste the whole secret, or use the token’s identifier or name."
            }
        case .tokens(let found, let hasMore):
            if found.isEmpty {
                p { isAdministrators ? "Nobody has a token like that." : "You have no token like that." }
            } else {
                list(found)
            }
            if hasMore { p(.class("hint")) { "There are more: type more of the name." } }
        }
    }

    @HTMLBuilder
    private func words(for state: WhoseAnswer.SecretState, of token: Token) -> HTML {
        switch state {
        case .current: "This is the secret of “\(token.name)”."
        case .previous(let end):
            "This is the previous secret of “\(token.name)”. It works "
            if let end {
                "until "
                moment(end, .exact)
            } else {
                "until it is ended"
            }
            ", and its token has a newer one."
        case .ended:
            "This is an earlier secret of “\(token.name)”, which no longer works. Its token has a newer one."
        }
    }

    private func list(_ found: [WhoseAnswer.FoundToken]) -> HTML {
        table(.class("cards"), .role("table")) {
            caption(.class("unseen")) { "Tokens that were found" }
            thead {
                tr(.role("row")) {
                    for name in ["Token", "Owner", "State", "Last used", "Actions"] { columnHeader(name) }
                }
            }
            tbody { for one in found { row(one) } }
        }
    }

    private func row(_ found: WhoseAnswer.FoundToken) -> HTML {
        let token = found.token
        return tr(.role("row")) {
            cell("Token") {
                strong {
                    a(.href(isAdministrators ? .anyToken(token.id) : .token(token.id))) { token.name.text }
                }
                span(.class("where")) { code { token.id.text } }
            }
            cell("Owner") {
                if isAdministrators {
                    a(.href(.subject(found.owner))) { found.owner.login.text }
                } else if !found.owner.isPerson {
                    a(.href(.stewarded(found.owner.id))) { found.owner.login.text }
                } else {
                    found.owner.login.text
                }
            }
            cell("State") { state(of: found) }
            cell("Last used") {
                if let use = found.lastUse {
                    moment(use.lastAt)
                    span(.class("where")) { whereabouts(of: use, wording.titles) }
                } else {
                    span(.class("never")) { "Never used" }
                }
            }
            cell("Actions") {
                if token.isWorking(at: wording.now) {
                    a(
                        .class("button small danger"),
                        .href(isAdministrators ? .revokeAny(token.id) : .revoke(token.id)),
                        .label("Revoke \(token.name) of \(found.owner.login)")
                    ) { "Revoke" }
                }
            }
        }
    }

    @HTMLBuilder
    private func state(of found: WhoseAnswer.FoundToken) -> HTML {
        switch found.token.state(at: wording.now) {
        case .active: "Active"
        case .paused:
            "Paused"
            if let end = found.token.pauses.longest(at: wording.now)?.until {
                " until "
                moment(end, .exact)
            }
        case .expired, .revoked:
            endWords(
                of: found.token, by: found.token.revocation?.by.flatMap { logins[$0] }, wording.now)
        }
        if found.owner.suspendedAt != nil { span(.class("tag bad")) { "owner suspended" } }
        if found.owner.deactivatedAt != nil { span(.class("tag bad")) { "owner deactivated" } }
        if found.owner.isDormant(policy, at: wording.now) { span(.class("tag bad")) { "dormant" } }
    }
}
