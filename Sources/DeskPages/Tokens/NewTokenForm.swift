import Desk
import Tokens

/// The form for a new token, with what was typed and its faults.
struct NewTokenForm: Sendable, Hashable {
    var draft = TokenDraft()
    var faults: [FormFault] = []
    /// What the operator's rules allow.
    var offer: TokenOffer
    /// The scopes at the desk that the person may grant.
    var grantable: Set<DeskScope> = [.manage]
    let now: Timestamp
    let proof: FormProof
    /// Those who must approve this token.
    var needs: [Approvers] = []
    /// Whether the reader has just been told that it needs approval.
    var isAsked = false
    /// Whether the form has a page of its own, which is shown again if it has faults.
    var isAlone = false
    /// The service account that the token is for; `nil` for the reader's own.
    var account: Subject?
    /// What a program asks for at most, by service: `read` or `write`; empty where no program asks.
    var asked: [String: String] = [:]
    /// The services of that account that the reader may not use.
    var beyond: [Service] = []
    static let aloneField = "alone"

    private var services: [Service] { offer.services }

    @HTMLBuilder
    var html: HTML {
        if offer.excludedBy == nil { form } else { exclusion }
    }

    private var form: HTML {
        postForm(to: account.map { .tokens(of: $0.id) } ?? .tokens, proof: proof, .class("new-token")) {
            if isAlone { input(.type("hidden"), .name(Self.aloneField), .value("yes")) }
            faultSummary(faults)
            field(
                "name", label: "Name",
                hint: "Where it will be used, such as “CI chain” or “Maven on my laptop”.",
                faults: faults, .type("text"), .value(draft.name), .required, .maxLength(TokenName.limit),
                .autocomplete("off"))
            reach
            lifetime
            addresses
            ending
        }
    }

    private var reach: HTML {
        let wrong = faults.about("services")
        return fieldset(
            .class(wrong.isEmpty ? "field" : "field wrong"), .id("services"), .focusable,
            describedBy("services", hint: false, wrong: !wrong.isEmpty)
        ) {
            legend { "What it may do" }
            faultText(wrong, id: "services")
            if offer.everyServiceRefusal == nil, beyond.isEmpty {
                radioChoice(
                    "services", "every", "Every service",
                    everythingWords(account)
                        + approvalHint(
                            ApprovalRules(services: offer.approval.services).approvers(of: .everyService)),
                    isChosen: !draft.isLimited && draft.alone == nil)
            }
            reachHint
            radioChoice(
                "services", "only", "Only selected services",
                beyond.isEmpty
                    ? "The less it can do, the less harm a leak can cause." : beyondWords(beyond),
                isChosen: draft.isLimited
                    || draft.alone == nil && (offer.everyServiceRefusal != nil || !beyond.isEmpty))
            div(.class("chosen")) {
                for service in services { line(for: service) }
                for scope in DeskScope.besideOthers where grantable.contains(scope) { line(for: scope) }
            }
            for scope in DeskScope.allCases where scope.standsAlone && grantable.contains(scope) {
                radioChoice(
                    "services", scope.rawValue, scope.title, scope.hint, isChosen: draft.alone == scope)
            }
        }
    }

    func line(for service: Service) -> HTML {
        let id = "access.\(service.name)"
        let chosen = draft.access[service.name.text] ?? "none"
        return div(.class("line")) {
            label(.for(id)) {
                service.title
                approvalHint(for: service)
                if service.takesWritesFromJobsOnly {
                    span(.class("hint")) { " Only CI jobs may write here: this token can read." }
                }
            }
            select(.id(id), .name(id)) {
                for (value, text) in [("none", "No access"), ("read", "Read"), ("write", "Read and write")]
                where value != Access.write.rawValue || asked[service.name.text] != Access.read.rawValue {
                    option(.value(value), value == chosen ? .selected : nil) { text }
                }
            }
            if !service.paths.isEmpty { below(service) }
        }
    }

    /// The field for the path that a scope is narrowed to.
    private func below(_ service: Service) -> HTML {
        let id = TokenDraft.belowField(service)
        let wrong = faults.about(id)
        return div(.class(wrong.isEmpty ? "below" : "below wrong")) {
            label(.for(id)) {
                "Only this path"
                span(.class("unseen")) { " (\(service.title))" }
            }
            div {
                input(
                    .type("text"), .id(id), .name(id), .value(draft.below[service.name.text] ?? ""),
                    .maxLength(ServicePath.limit), .autocomplete("off"), .noSpellcheck, .noCapitals,
                    describedBy(id, hint: true, wrong: !wrong.isEmpty), wrong.isEmpty ? nil : .invalid)
                faultText(wrong, id: id)
                p(.class("hint"), .id("\(id)-hint")) {
                    "For example \(service.examplePath). "
                    offer.needsPath(at: service)
                        ? "Needed for access to this service." : "Leave empty for the whole service."
                }
            }
        }
    }

    func line(for scope: DeskScope) -> HTML {
        label(.class("line check"), .for(scope.rawValue)) {
            span {
                scope.title
                span(.class("hint")) { scope.hint }
            }
            input(
                .type("checkbox"), .id(scope.rawValue), .name(scope.rawValue), .value("on"),
                draft.beside.contains(scope) ? .checked : nil)
        }
    }

    var lifetime: HTML {
        let wrong = faults.about("expires_on")
        return fieldset(.class(wrong.isEmpty ? "field" : "field wrong")) {
            legend { "Expires" }
            lifetimeHint
            div(.class("pills")) {
                for lifetime in lifetimes {
                    let id = "expires-\(lifetime.rawValue)"
                    input(
                        .type("radio"), .name("expires"), .id(id), .value(lifetime.rawValue),
                        lifetime == chosenLifetime ? .checked : nil)
                    label(.for(id)) { lifetime.words }
                }
            }
            div(.class("on-date")) {
                label(.for("expires_on")) { "Expires at the end of (UTC)" }
                faultText(wrong, id: "expires_on")
                input(
                    .type("date"), .id("expires_on"), .name("expires_on"), .value(draft.lastDay),
                    .min(now.date), offer.maxLifetime.map { .max((now + $0).date) },
                    describedBy("expires_on", hint: false, wrong: !wrong.isEmpty),
                    wrong.isEmpty ? nil : .invalid)
            }
        }
    }

    /// Among the further options, unless every token needs them.
    @HTMLBuilder
    var addresses: HTML {
        if offer.needsAddresses {
            addressField
        } else {
            details(.class("more"), isMoreOpen ? .open : nil) {
                summary { "More options" }
                addressField
            }
        }
    }

    private var isMoreOpen: Bool {
        !draft.addresses.isEmpty || !faults.about("addresses").isEmpty || !offer.addressedServices.isEmpty
    }

    private var addressField: HTML {
        field(
            "addresses", label: "Only from these IP addresses", hint: addressHint, faults: faults,
            .type("text"), .value(draft.addresses), .maxLength(1000), .autocomplete("off"), .noSpellcheck,
            .noCapitals, offer.needsAddresses ? .required : nil)
    }
}
