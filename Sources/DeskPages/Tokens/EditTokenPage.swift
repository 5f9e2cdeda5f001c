import Desk
import Tokens

/// The form that edits a token, which can take away only, and the offer to narrow it.
struct EditTokenPage: Page {
    let token: Token
    var draft: TokenEditDraft
    var faults: [FormFault] = []
    /// The services that its owner may have tokens for.
    let services: [Service]
    var narrowing: Narrowing?
    /// The service account that it belongs to, where a steward edits it.
    let account: Subject?
    let wording: Wording
    let proof: FormProof

    init(
        token: Token, draft: TokenEditDraft? = nil, faults: [FormFault] = [], services: [Service],
        narrowing: Narrowing? = nil, account: Subject? = nil, wording: Wording, proof: FormProof
    ) {
        self.token = token
        self.draft = draft ?? TokenEditDraft(token)
        self.faults = faults
        self.services = services
        self.narrowing = narrowing
        self.account = account
        self.wording = wording
        self.proof = proof
    }

    var title: String { "Edit \(token.name)" }
    var navigationItem: NavigationItem? { TokenPaths(id: token.id, account: account).navigationItem }

    var content: HTML {
        p(.class("back")) { a(.href(.token(token.id))) { token.name.text } }
        section(.class("card medium"), .labelledBy("title")) {
            h1(.id("title")) { "Edit “\(token.name)”" }
            p(.class("lead")) {
                "Its secret stays the same. Its access and its lifetime can only shrink: for more, create a new token."
            }
            if let narrowing { narrowNotice(narrowing, of: token, proof, wording) }
            form
        }
    }

    private var form: HTML {
        postForm(to: .edit(token.id), proof: proof, .class("new-token")) {
            faultSummary(faults)
            field(
                "name", label: "Name", faults: faults, .type("text"), .value(draft.name), .required,
                .maxLength(TokenName.limit), .autocomplete("off"))
            field(
                "description", label: "What it is for",
                hint: "A sentence for yourself and others; may be empty.",
                faults: faults, .type("text"), .value(draft.description),
                .maxLength(Token.descriptionLimit), .autocomplete("off"))
            reach
            field(
                "expires_on", label: "Expires at the end of (UTC)", hint: expiryHint, faults: faults,
                .type("date"), .value(draft.lastDay), .min(wording.now.date))
            field(
                "addresses", label: "Only from these IP addresses",
                hint: "For example 192.0.2.7 or 10.0.0.0/8, separated by spaces or commas. "
                    + "Leave empty to allow any address.",
                faults: faults, .type("text"), .value(draft.addresses), .maxLength(1000),
                .autocomplete("off"), .noSpellcheck, .noCapitals)
            p(.class("actions")) {
                button(.type("submit"), .class("primary")) { "Save" }
                a(.class("button quiet"), .href(.token(token.id))) { "Cancel" }
            }
        }
    }

    private var expiryHint: String {
        let keep = "Leave empty to keep that."
        guard let end = token.expiresAt else { return "It does not expire. \(keep)" }
        return "It expires on \(end.minuteWords), and can only expire earlier. \(keep)"
    }

    private var reach: HTML {
        let wrong = faults.about("services")
        return fieldset(
            .class(wrong.isEmpty ? "field" : "field wrong"), .id("services"), .focusable,
            describedBy("services", hint: false, wrong: !wrong.isEmpty)
        ) {
            legend { "What it may do" }
            faultText(wrong, id: "services")
            switch token.scopes {
            case .everyService: everyService
            case .only: div(.class("chosen")) { for scope in token.scopes.list { line(for: scope) } }
            }
        }
    }

    @HTMLBuilder
    private var everyService: HTML {
        radioChoice(
            "services", "every", "Every service", everythingWords(account), isChosen: !draft.isLimited)
        radioChoice(
            "services", "only", "Only selected services", "This cannot be undone.", isChosen: draft.isLimited)
        div(.class("chosen")) {
            for service in services {
                let chosen = draft.access[service.name.text] ?? "none"
                let options = [
                    ("none", "No access"), ("read", "Read"), ("write", "Read and write"),
                    ("all", "Everything"),
                ]
                line("access.\(service.name)", service.title, options, chosen: chosen)
            }
        }
    }

    private func line(for scope: Scope) -> HTML {
        line(
            TokenEditDraft.field(scope), wording.titles.words(for: scope), options(for: scope),
            chosen: draft.scopes[scope.text] ?? "")
    }

    /// The scope itself, what is left of it for reading or writing, and nothing.
    private func options(for scope: Scope) -> [(value: String, text: String)] {
        var options = [(value: scope.text, text: "As it is")]
        if case .service(let name, let access, let path) = scope {
            let less: [Access] =
                switch access {
                case nil: [.write, .read]
                case .write: [.read]
                case .read: []
                }
            options += less.map { access in
                (
                    Scope.service(name, access, below: path).text,
                    access == .read ? "Read only" : "Read and write only"
                )
            }
        }
        return options + [("", "No access")]
    }

    private func line(
        _ id: String, _ text: String, _ options: [(value: String, text: String)], chosen: String
    ) -> HTML {
        div(.class("line")) {
            label(.for(id)) { text }
            select(.id(id), .name(id)) {
                for (value, text) in options {
                    option(.value(value), value == chosen ? .selected : nil) { text }
                }
            }
        }
    }
}
