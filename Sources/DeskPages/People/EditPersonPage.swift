import Desk
import Tokens

/// The form that changes what a person is called.
struct EditPersonPage: Page {
    let person: Subject
    /// What was typed, if it has faults.
    var typed: PeopleDesk.Rename
    var faults: [FormFault] = []
    /// Why it is not possible; `nil` if it is.
    var refusal: String?
    let proof: FormProof

    init(
        person: Subject, typed: PeopleDesk.Rename? = nil, faults: [FormFault] = [], refusal: String? = nil,
        proof: FormProof
    ) {
        self.person = person
        self.typed =
            typed
            ?? PeopleDesk.Rename(
                login: person.login.text, name: person.name, email: person.email ?? "")
        self.faults = faults
        self.refusal = refusal
        self.proof = proof
    }

    var title: String { "Edit \(person.login)" }
    var navigationItem: NavigationItem? { .people }

    var content: HTML {
        section(.class("card medium"), .labelledBy("title")) {
            h1(.id("title")) { "Edit \(person.name)" }
            if let refusal {
                div(.class("notice bad"), .role("alert")) { p { refusal } }
                p(.class("actions")) {
                    a(.class("button primary"), .href(.person(person.id))) { "Back to \(person.login)" }
                }
            } else {
                faultSummary(faults)
                postForm(to: .editPerson(person.id), proof: proof) { fields }
            }
        }
    }

    @HTMLBuilder
    private var fields: HTML {
        field(
            "name", label: "Name", faults: faults, .type("text"), .value(typed.name ?? ""), .required,
            .autocomplete("off"), .maxLength(PersonName.limit))
        field(
            "login", label: "Login",
            hint:
                "Tools that send the present login with a token are refused once it has changed; those that send "
                + "the e-mail address or no login go on.",
            faults: faults, .type("text"), .value(typed.login ?? ""), .required, .autocomplete("off"),
            .noCapitals, .noSpellcheck, .maxLength(Login.limit))
        field(
            "email", label: "E-mail", hint: "Optional. Can be used instead of the login.", faults: faults,
            .type("email"), .value(typed.email ?? ""), .autocomplete("off"), .maxLength(EmailAddress.limit))
        p(.class("actions")) {
            button(.type("submit"), .class("primary")) { "Save" }
            a(.class("button quiet"), .href(.person(person.id))) { "Cancel" }
        }
    }
}
