import Ledger
import Tokens

/// For who is signed out: the way through the identity provider, or login and password.
struct SignInPage: Page {
    var login = ""
    /// Why the last try was refused.
    var fault: String?
    /// Where to go on afterwards.
    var returnTo: ReturnPath?
    /// What a person who comes from somewhere else should know, such as that they are signed out now.
    var note: String?
    /// What the identity provider is called, where it signs people in.
    var provider: String?
    /// Whether anybody ever administered, as long as nobody did.
    var beforeFirst: AdministrationState?
    /// Whether the form is shown where nobody has an account, too.
    var showsForm = false
    let proof: FormProof

    var title: String { "Sign in" }

    var content: HTML {
        section(.class("card narrow welcome"), .labelledBy("title")) {
            img(.class("mark"), .src(Assets.path("coin.svg")), .alt(""), .width(56), .height(56))
            h1(.id("title")) { hasNobody ? "No account exists yet" : "Sign in to the token desk" }
            whereTheLinkIs
            if fault == nil, !hasNobody {
                p(.class("lead")) {
                    note
                        ?? "Create tokens to use instead of your password in Maven, Git, curl and CI."
                }
            }
            faultNotice(fault)
            if let provider {
                p(.class("actions")) {
                    a(.class("button primary wide"), .href(.providerSignIn(returnTo: returnTo))) {
                        "Sign in with \(provider)"
                    }
                }
                p(.class("hint")) {
                    a(.href(.signInByPassword)) { "Emergency access" }
                    " for administrators of this desk."
                }
            } else if !hasNobody || showsForm {
                passwordForm
                p(.class("hint")) { "Use your password here; tokens are for tools." }
            }
        }
    }

    private var hasNobody: Bool { beforeFirst == .noAccounts }

    /// Where the operator finds the link to the first administrator's account, which is told nobody else.
    @HTMLBuilder
    private var whereTheLinkIs: HTML {
        if let beforeFirst {
            div(.class("notice"), .role("status")) {
                if beforeFirst != .noAccounts { p { strong { "This desk has no administrator yet." } } }
                p {
                    "A link to create "
                    beforeFirst == .noAccounts
                        ? "the first account, for an administrator," : "an administrator’s account"
                    " is in the server’s log: in the terminal that runs "
                    code { "jeton serve" }
                    ", in "
                    code { "journalctl --unit jeton" }
                    ", or in the container’s log."
                }
                p {
                    "It works for one hour after the start. To get another, run "
                    code { "jeton invite" }
                    " on the server."
                }
            }
        }
    }

    private var passwordForm: HTML {
        postForm(to: .signInForm, proof: proof) {
            if let returnTo {
                input(.type("hidden"), .name("return_to"), .value(returnTo.text))
            }
            field(
                "login", label: "Login or e-mail address", .type("text"), .value(login), .required,
                .autocomplete("username"),
                .noCapitals, .noSpellcheck, .maxLength(Login.limit), fault == nil ? .autofocus : nil)
            passwordField("password", label: "Password", isNew: false)
            button(.type("submit"), .class("primary wide")) { "Sign in" }
        }
    }
}

/// Signed out here, and on the way to be signed out at the identity provider too.
struct SignedOutPage: Page {
    /// What the identity provider is called.
    let provider: String

    var title: String { "Signed out" }

    var content: HTML {
        section(.class("card narrow calm"), .labelledBy("title")) {
            h1(.id("title")) { "You are signed out here" }
            p(.class("lead")) { "You are also being signed out at \(provider)." }
            p(.class("actions")) { a(.class("button"), .href(.signIn)) { "Back to sign-in" } }
        }
    }
}
