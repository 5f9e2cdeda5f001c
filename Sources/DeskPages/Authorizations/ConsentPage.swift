import Desk
import Ledger
import OAuth
import Tokens

/// Asks a person whether a program may have a token, and for what: the form for a new token in small.
struct ConsentPage: Page {
    let source: ConsentSource
    /// The form's fields, with what the operator's rules allow.
    let form: NewTokenForm
    /// The reader's tokens that the same program got before.
    let former: [ListedToken]
    /// The one among them that was chosen to be rotated.
    var rotates: TokenID?
    /// The value of the hidden field that carries the request.
    let carried: (name: String, value: String)
    /// The reader's address.
    let address: String
    let wording: Wording

    static let answerField = "answer"
    static let allow = "allow"
    static let refuse = "refuse"
    static let whichField = "which"
    static let sureField = "sure"

    var title: String { "Let \(source.asked.clientTitle) have a token?" }
    var navigationItem: NavigationItem? { .tokens }

    private var isElsewhere: Bool { source.isElsewhere(from: address) }

    var content: HTML {
        section(.class("card medium"), .labelledBy("title")) {
            h1(.id("title")) { "Let “\(source.asked.clientTitle)” have a token?" }
            p(.class("lead")) {
                "It will act in your name where you allow it. You can revoke the token at any time on My tokens."
            }
            who
            warning
            postForm(to: source.path, proof: form.proof, .class("new-token")) {
                input(.type("hidden"), .name(carried.name), .value(carried.value))
                faultSummary(form.faults)
                if form.offer.excludedBy == nil { fields } else { form.exclusion }
                answers
            }
        }
    }

    // MARK: Who asks

    private var who: HTML {
        dl(.class("facts asker")) {
            div {
                dt { "Program" }
                dd {
                    strong { source.asked.clientTitle }
                    span(.class("where")) { provenance }
                }
            }
            div {
                dt { "Asks from" }
                dd {
                    source.asked.address.isEmpty ? "an unknown address" : source.asked.address
                    span(.class("where")) { place }
                }
            }
            div {
                dt { "Since" }
                dd { moment(source.at) }
            }
        }
    }

    private var provenance: String {
        switch source.client {
        case .desk: "known to this desk"
        case .document(let host): "by \(host), which chose this name"
        case .itself: "registered itself: nobody has checked its name"
        }
    }

    private var place: String {
        let way: String
        switch source.way {
        case .browser: way = source.remoteHost.map { "your browser goes back to \($0)" } ?? "on this machine"
        case .waiting:
            way = isElsewhere ? "not where this browser is (\(address))" : "the same as this browser"
        }
        return source.asked.agent.isEmpty ? way : "\(way), \(source.asked.agent)"
    }

    /// Sign-in by a code is how people are lured into signing somebody else in (RFC 8628, section 5.4).
    @HTMLBuilder
    private var warning: HTML {
        if case .waiting = source.way {
            div(.class(isElsewhere ? "notice bad" : "notice overlap")) {
                p {
                    strong {
                        isElsewhere
                            ? "This program runs somewhere else than your browser."
                            : "Go on only if you started this program yourself, just now."
                    }
                }
                p {
                    isElsewhere
                        ? "If somebody sent you here, by mail, chat or phone, refuse: they would get the token, not you."
                        : "If somebody sent you here, by mail, chat or phone, refuse."
                }
            }
        }
    }

    // MARK: What it gets

    @HTMLBuilder
    private var fields: HTML {
        which
        field(
            "name", label: "Name",
            hint: "How you will find the token again: the program does not say which machine it is on.",
            faults: form.faults, .type("text"), .value(form.draft.name), .maxLength(TokenName.limit),
            .autocomplete("off"))
        reach
        form.lifetime
        if form.offer.needsAddresses || !form.offer.addressedServices.isEmpty { form.addresses }
        if isElsewhere { sure }
    }

    /// The choice between a new token and the place of one that the program had.
    @HTMLBuilder
    private var which: HTML {
        if !former.isEmpty {
            fieldset(.class("field"), .id(Self.whichField)) {
                legend { "Which token" }
                radioChoice(
                    Self.whichField, "new", "A new one",
                    "The others go on working: the same program on another machine may use them.",
                    isChosen: rotates == nil)
                for listed in former {
                    label(.class("choice"), .for("which-\(listed.token.id)")) {
                        input(
                            .type("radio"), .name(Self.whichField), .id("which-\(listed.token.id)"),
                            .value(listed.token.id.text), rotates == listed.token.id ? .checked : nil)
                        span {
                            "In place of “\(listed.token.name)”"
                            span(.class("hint")) {
                                "Got "
                                moment(listed.token.createdAt)
                                listed.token.client.map { $0.address.isEmpty ? "" : " from \($0.address)" }
                                    ?? ""
                                ", "
                                useWords(of: listed, wording)
                                ". It keeps its name and its access (\(reach(of: listed.token))), and gets a new secret."
                            }
                        }
                    }
                }
            }
        }
    }

    /// What a token may do, in scopes.
    private func reach(of token: Token) -> String {
        token.scopes == .everyService
            ? "every service" : token.scopes.list.map(\.text).joined(separator: ", ")
    }

    private var reach: HTML {
        let wrong = form.faults.about("services")
        return fieldset(
            .class(wrong.isEmpty ? "field" : "field wrong"), .id("services"), .focusable,
            describedBy("services", hint: true, wrong: !wrong.isEmpty)
        ) {
            legend { "What it may do" }
            p(.class("hint"), .id("services-hint")) {
                source.asked.scopes.isEmpty
                    ? "It leaves that to you. The less it can do, the less harm a leak can cause."
                    : "It asks for this. You can allow less."
            }
            faultText(wrong, id: "services")
            input(.type("hidden"), .name("services"), .value("only"))
            div(.class("chosen alone")) {
                for service in form.offer.services where form.draft.access[service.name.text] != nil {
                    form.line(for: service)
                }
                for scope in DeskScope.allCases where source.asked.scopes.contains(.desk(scope)) {
                    form.line(for: scope)
                }
            }
        }
    }

    private var sure: HTML {
        let wrong = form.faults.about(Self.sureField)
        return div(.class(wrong.isEmpty ? "field" : "field wrong")) {
            faultText(wrong, id: Self.sureField)
            label(.class("choice"), .for(Self.sureField)) {
                input(
                    .type("checkbox"), .name(Self.sureField), .id(Self.sureField), .value("yes"),
                    describedBy(Self.sureField, hint: false, wrong: !wrong.isEmpty))
                span {
                    "I started it myself, on a machine at \(source.asked.address.isEmpty ? "another address" : source.asked.address)"
                }
            }
        }
    }

    private var answers: HTML {
        p(.class("actions")) {
            if form.offer.excludedBy == nil {
                button(
                    .type("submit"), .class("primary"), .name(Self.answerField), .value(Self.allow)
                ) { "Let it have the token" }
            }
            button(
                .type("submit"), .class("button quiet"), .name(Self.answerField), .value(Self.refuse),
                .noValidation
            ) { "Refuse" }
        }
    }
}
