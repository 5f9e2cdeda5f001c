import Tokens

/// The page behind a one-time link: a person chooses a password, and the first administrator also a login.
struct WelcomePage: Page {
    /// The secret of the link; the form sends it back.
    let code: String
    /// The invited person; `nil` for the first administrator.
    let invited: (login: String, name: String)?
    var login = ""
    var name = ""
    var faults: [FormFault] = []
    let proof: FormProof

    var title: String { invited == nil ? "The first account" : "Welcome" }

    var content: HTML {
        section(.class("card narrow welcome"), .labelledBy("title")) {
            img(.class("mark"), .src(Assets.path("coin.svg")), .alt(""), .width(56), .height(56))
            if let invited {
                h1(.id("title")) { "Welcome, \(invited.name)" }
                p(.class("lead")) { "Choose a password to start using the token desk." }
            } else {
                h1(.id("title")) { "Your token desk is ready" }
                p(.class("lead")) {
                    "Create the first account. It will be an administrator, able to add people and revoke any token."
                }
            }
            faultSummary(faults)
            postForm(to: .welcome, proof: proof) {
                input(.type("hidden"), .name("code"), .value(code))
                fields
                button(.type("submit"), .class("primary wide")) {
                    invited == nil ? "Create account" : "Set password"
                }
            }
        }
    }

    @HTMLBuilder
    private var fields: HTML {
        if let invited {
            field(
                "login", label: "Login", .type("text"), .value(invited.login), .readOnly,
                .autocomplete("username"))
        } else {
            field(
                "login", label: "Login", hint: "Maven, Git and other tools send it together with a token.",
                faults: faults,
                .type("text"), .value(login), .required, .autocomplete("username"), .noCapitals,
                .noSpellcheck,
                .maxLength(Login.limit))
            field(
                "name", label: "Name", hint: "What people call you. Optional.", faults: faults,
                .type("text"), .value(name), .autocomplete("name"), .maxLength(100))
        }
        passwordField(
            "password", label: "Password",
            hint: "At least 8 characters. Long beats complicated: four or five words work well.", isNew: true,
            faults: faults)
        passwordField("password-again", label: "Repeat password", isNew: true, faults: faults)
    }
}
