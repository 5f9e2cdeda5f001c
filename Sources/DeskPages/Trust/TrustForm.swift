import Desk
import HTTPServer
import Tokens

/// The values of the form for a trust rule, as they were typed.
struct TypedTrustRule: Sendable, Hashable {
    var name = ""
    var issuer = ""
    /// A claim on each line: `CLAIM = VALUE`, or `CLAIM ~ PATTERN`.
    var claims = ""
    var scopes = ""
    var lifetime = "15m"
    /// A date, such as `2027-03-01`: the last day.
    var expiresOn = ""

    init() {}

    init(_ form: FormValues) {
        name = form["name"] ?? ""
        issuer = form["issuer"] ?? ""
        claims = form["claims"] ?? ""
        scopes = form["scopes"] ?? ""
        lifetime = form["lifetime"] ?? ""
        expiresOn = form["expires_at"] ?? ""
    }

    /// The values as the desk reads them. Throws what cannot be read.
    func read() throws(TokenDraft.Faults) -> TrustDraft {
        var draft = TrustDraft(name: name, issuer: issuer)
        var faults: [FormFault] = []
        for line in claims.split(whereSeparator: \.isNewline).map({ String($0).trimmed }) where !line.isEmpty
        {
            guard let sign = line.firstIndex(where: { $0 == "=" || $0 == "~" }) else {
                faults.append(
                    FormFault("claims", "Write each claim as “claim = value”, or “claim ~ pattern”."))
                break
            }
            let typed = TrustDraft.Typed(
                String(line[..<sign]).trimmed, String(line[line.index(after: sign)...]).trimmed)
            if line[sign] == "=" { draft.claims.append(typed) } else { draft.patterns.append(typed) }
        }
        draft.scopes = scopes.split { $0 == "," || $0.isWhitespace }.map(String.init)
        draft.lifetime = TimeSpan(text: lifetime)
        if draft.lifetime == nil { faults.append(FormFault("lifetime", "Choose how long each token works.")) }
        if !expiresOn.isEmpty {
            draft.expiresAt = Timestamp(expiry: expiresOn)
            if draft.expiresAt == nil {
                faults.append(FormFault("expires_at", "Choose a date, or leave it empty."))
            }
        }
        guard faults.isEmpty else { throw TokenDraft.Faults(all: faults) }
        return draft
    }
}

/// The form for a new trust rule, with what was typed and its faults.
struct TrustForm: Sendable, Hashable {
    var typed = TypedTrustRule()
    var faults: [FormFault] = []
    let issuers: [OfferedIssuer]
    let services: [Service]
    let now: Timestamp

    /// An issuer to choose.
    struct OfferedIssuer: Sendable, Hashable {
        let name: String
        let address: String
        let kind: IssuerKind
    }

    private static let lifetimes = [
        ("5m", "5 minutes"), ("15m", "15 minutes"), ("1h", "1 hour"), ("4h", "4 hours"), ("12h", "12 hours"),
    ]

    func html(to path: DeskPath, _ proof: FormProof) -> HTML {
        postForm(to: path, proof: proof) {
            faultSummary(faults)
            field(
                "name", label: "Name", hint: "What the jobs do, such as “app release”.", faults: faults,
                .type("text"), .value(typed.name), .required, .maxLength(TokenName.limit),
                .autocomplete("off"))
            issuerChoice
            claimField
            field(
                "scopes", label: "What the tokens may do",
                hint: "Scopes such as \(exampleScopes), separated by spaces. Leave empty for every service.",
                faults: faults, .type("text"), .value(typed.scopes), .autocomplete("off"), .noCapitals,
                .noSpellcheck)
            lifetimeChoice
            field(
                "expires_at", label: "Last day",
                hint: "Optional: the rule, and every token that it gave, ends with that day.",
                faults: faults, .type("date"), .value(typed.expiresOn), .min(now.date))
            p(.class("actions")) { button(.type("submit"), .class("primary")) { "Add the rule" } }
        }
    }

    private var exampleScopes: String {
        let name = services.first?.name.text ?? "maven"
        return "\(name):read and \(name):write"
    }

    private var issuerChoice: HTML {
        let wrong = faults.about("issuer")
        return div(.class(wrong.isEmpty ? "field" : "field wrong")) {
            label(.for("issuer")) { "Issuer" }
            p(.class("hint"), .id("issuer-hint")) { "Who says who the job is. The operator names issuers." }
            faultText(wrong, id: "issuer")
            select(
                .id("issuer"), .name("issuer"), .required,
                describedBy("issuer", hint: true, wrong: !wrong.isEmpty)
            ) {
                for issuer in issuers {
                    option(.value(issuer.name), typed.issuer == issuer.name ? .selected : nil) {
                        "\(issuer.name): \(issuer.kind.title), \(issuer.address)"
                    }
                }
            }
        }
    }

    private var claimField: HTML {
        let wrong = faults.about("claims")
        return div(.class(wrong.isEmpty ? "field" : "field wrong")) {
            label(.for("claims")) { "What the identity must say" }
            p(.class("hint"), .id("claims-hint")) {
                "A claim on each line, and every one has to match: "
                code { "claim = value" }
                " byte by byte, or "
                code { "claim ~ pattern" }
                ", where each * stands for any characters, also slashes."
            }
            ul(.class("hint")) { for kind in kinds { li { claimHint(kind) } } }
            faultText(wrong, id: "claims")
            HTML(
                "textarea",
                [
                    .id("claims"), .name("claims"), .rows(5), .required, .autocomplete("off"), .noCapitals,
                    .noSpellcheck, describedBy("claims", hint: true, wrong: !wrong.isEmpty),
                    wrong.isEmpty ? nil : .invalid,
                ], HTML(text: typed.claims))
        }
    }

    private var kinds: [IssuerKind] {
        IssuerKind.allCases.filter { kind in issuers.contains { $0.kind == kind } }
    }

    @HTMLBuilder
    private func claimHint(_ kind: IssuerKind) -> HTML {
        "\(kind.title): usually \(kind.usualClaims.joined(separator: ", "))"
        if !kind.immutableClaims.isEmpty {
            ". It has to match \(kind.immutableClaims.joined(separator: " or ")), since a name can belong to "
                + "somebody else one day (\(kind.immutableHint))"
        }
        "."
    }

    private var lifetimeChoice: HTML {
        let wrong = faults.about("lifetime")
        return div(.class(wrong.isEmpty ? "field" : "field wrong")) {
            label(.for("lifetime")) { "How long each token works" }
            faultText(wrong, id: "lifetime")
            select(
                .id("lifetime"), .name("lifetime"),
                describedBy("lifetime", hint: false, wrong: !wrong.isEmpty)
            ) {
                for (value, words) in Self.lifetimes {
                    option(.value(value), typed.lifetime == value ? .selected : nil) { words }
                }
            }
        }
    }
}
