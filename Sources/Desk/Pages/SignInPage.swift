import Tokens

/// For who is signed out: login and password.
struct SignInPage: Page {
    var login = ""
    /// Why the last try was refused.
    var fault: String?
    /// Where to go on afterwards.
    var returnTo: ReturnPath?
    /// What a person who comes from somewhere else should know, such as that they are signed out now.
    var note: String?
    let proof: FormProof

    var title: String { "Sign in" }

    var content: HTML {
        section(.class("card narrow welcome"), .labelledBy("title")) {
            img(.class("mark"), .src(Assets.path("coin.svg")), .alt(""), .width(56), .height(56))
            h1(.id("title")) { "Sign in to the token desk" }
            if fault == nil {
                p(.class("lead")) {
                    note
                        ?? "Here you make the tokens that stand in for your password in Maven, Git, curl and CI."
                }
            }
            faultNotice(fault)
            postForm(to: .signInForm, proof: proof) {
                if let returnTo {
                    input(.type("hidden"), .name("return_to"), .value(returnTo.text))
                }
                field(
                    "login", label: "Login", .type("text"), .value(login), .required,
                    .autocomplete("username"),
                    .noCapitals, .noSpellcheck, .maxLength(Login.limit), fault == nil ? .autofocus : nil)
                passwordField("password", label: "Password", isNew: false)
                button(.type("submit"), .class("primary wide")) { "Sign in" }
            }
            p(.class("hint")) { "A token does not work here: tokens are for machines only." }
        }
    }
}
