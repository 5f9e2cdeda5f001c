import Desk
import HTTPServer
import Ledger
import Tokens

/// The values of the form for a service account, as they were typed.
struct TypedAccount: Sendable, Hashable {
    var login = ""
    var title = ""
    var purpose = ""
    var owners = ""
    var stewards = ""
    var groups = ""
    var services: [String] = []
    var addresses = ""
    /// A date, such as `2027-03-01`.
    var reviewOn = ""
}

extension TypedAccount {
    /// What an account is now; `named` are the people who are named as stewards.
    init(_ subject: Subject, named: [Subject]) {
        guard let account = subject.account else { return }
        let draft = AccountDraft(subject, account, named: named)
        login = draft.login
        title = draft.title
        purpose = draft.purpose
        owners = draft.owners.joined(separator: ", ")
        stewards = draft.stewards.joined(separator: ", ")
        groups = draft.groups.joined(separator: ", ")
        services = draft.services
        addresses = draft.addresses.joined(separator: ", ")
        reviewOn = draft.reviewOn?.date ?? ""
    }

    init(_ form: FormValues, services names: [String]) {
        login = form["login"] ?? ""
        title = form["title"] ?? ""
        purpose = form["purpose"] ?? ""
        owners = form["owners"] ?? ""
        stewards = form["stewards"] ?? ""
        groups = form["groups"] ?? ""
        services = names.filter { form[AccountForm.serviceField($0)] != nil }
        addresses = form["addresses"] ?? ""
        reviewOn = form["review_on"] ?? ""
    }

    /// The values as the desk reads them. Throws where the date is none.
    ///
    /// - Parameter former: the review date as it is, which may have passed, and may be a moment within its day.
    func read(former: Timestamp? = nil) throws(TokenDraft.Faults) -> AccountDraft {
        let review = former?.date == reviewOn ? former : Timestamp(date: reviewOn)
        guard review != nil || reviewOn.isEmpty else {
            throw TokenDraft.Faults(all: [FormFault("review_on", "Choose a date, or leave it empty.")])
        }
        return AccountDraft(
            login: login, title: title, purpose: purpose, owners: GroupChange.names(typed: owners),
            stewards: words(stewards), groups: GroupChange.names(typed: groups), services: services,
            addresses: words(addresses), reviewOn: review)
    }

    private func words(_ text: String) -> [String] {
        text.unicodeScalars.split { $0 == "," || $0.properties.isWhitespace }.map(String.init)
    }
}

/// The form for a new service account, or for one that there is, with what was typed and its faults.
struct AccountForm: Sendable, Hashable {
    var typed = TypedAccount()
    var faults: [FormFault] = []
    /// The account; `nil` for a new one.
    var account: SubjectID?
    let services: [Service]
    let logins: LoginPattern
    let now: Timestamp
    let proof: FormProof

    private static let fields = [
        "login", "title", "purpose", "owners", "stewards", "groups", "services", "addresses", "review_on",
    ]

    /// Where in the form the field of a fault is.
    static func place(of fault: FormFault) -> Int { fields.firstIndex(of: fault.field) ?? fields.count }

    static func serviceField(_ name: String) -> String { "service.\(name)" }

    /// The services that can be chosen, and those of the account that are no longer configured.
    var offered: [(name: String, title: String)] {
        let known = services.map { (name: $0.name.text, title: $0.title) }
        let others = typed.services.filter { name in !known.contains { $0.name == name } }
        return known + others.map { (name: $0, title: "\($0), which is no longer configured") }
    }

    var html: HTML {
        postForm(
            to: account.map(DeskPath.serviceAccount) ?? .serviceAccounts, proof: proof, .class("new-token")
        ) {
            faultSummary(faults)
            if account == nil {
                text(
                    "login", "Login",
                    "Its tools send it together with a token. It has to fit “\(logins)”, "
                        + "such as \(logins.example), and cannot be changed later.", typed.login,
                    limit: Login.limit, .required)
            }
            text(
                "title", "Title", "Optional: how people call it, such as “Nightly builds”.", typed.title,
                limit: 100)
            text(
                "purpose", "What it is for",
                "A sentence for whoever asks in two years whether it is still needed.", typed.purpose,
                limit: ServiceAccount.purposeLimit, .required)
            text(
                "owners", "Owner groups",
                "Their members are its stewards, who create and rotate its tokens. Separate several with commas.",
                typed.owners)
            text(
                "stewards", "Stewards by name",
                "The logins of people, besides the members of the groups. "
                    + "Without a group, name at least two, so that it survives either of them.",
                typed.stewards)
            text(
                "groups", "Groups that it is in",
                "A service that names groups is for their members only. It never gets its stewards’ groups. "
                    + "Separate several with commas.", typed.groups)
            serviceChoice
            text(
                "addresses", "Only from these IP addresses",
                "For example 192.0.2.7 or 10.0.0.0/8, separated by spaces or commas. "
                    + "Leave empty to allow any address.", typed.addresses, limit: 2000)
            field(
                "review_on", label: "Review on",
                hint: "Optional: when somebody has to look whether it is still needed. Nothing stops then.",
                faults: faults, .type("date"), .value(typed.reviewOn), .min(earliestReview))
            p(.class("actions")) {
                button(.type("submit"), .class("primary")) {
                    account == nil ? "Create service account" : "Save"
                }
                if account == nil { a(.class("button quiet"), .href(.serviceAccounts)) { "Cancel" } }
            }
        }
    }

    /// The first day that can be chosen: today, unless the account has an earlier one. Browsers would not send that.
    private var earliestReview: String { typed.reviewOn.isEmpty ? now.date : min(typed.reviewOn, now.date) }

    private func text(
        _ id: String, _ label: String, _ hint: String, _ value: String, limit: Int? = nil,
        _ more: Attribute?...
    ) -> HTML {
        let isWords = id == "title" || id == "purpose"
        return field(
            id, label: label, hint: hint, faults: faults, .type("text"), .value(value),
            .autocomplete("off"), isWords ? nil : .noCapitals, isWords ? nil : .noSpellcheck,
            limit.map(Attribute.maxLength), more.first ?? nil)
    }

    private var serviceChoice: HTML {
        let wrong = faults.about("services")
        return fieldset(
            .class(wrong.isEmpty ? "field" : "field wrong"), .id("services"), .focusable,
            describedBy("services", hint: true, wrong: !wrong.isEmpty)
        ) {
            legend { "Only at these services" }
            p(.class("hint"), .id("services-hint")) {
                "Choose none for every service that admits it, now and in future."
            }
            faultText(wrong, id: "services")
            for service in offered {
                let id = Self.serviceField(service.name)
                label(.class("choice"), .for(id)) {
                    input(
                        .type("checkbox"), .id(id), .name(id), .value("on"),
                        typed.services.contains(service.name) ? .checked : nil)
                    span { service.title }
                }
            }
        }
    }
}
