import Ledger
import Tokens

/// The sign-in page: through the identity provider, or with login and password.
struct SignInPage: Page {
    var login = ""
    /// Why the last attempt was refused.
    var fault: String?
    /// Where to continue after signing in.
    var returnTo: ReturnPath?
    /// The name of the identity provider, if one signs people in.
    var provider: String?
    /// `nil` once there has been an administrator.
    var beforeFirst: AdministrationState?
    /// Whether to show the form even if there are no accounts.
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
                    returnTo?.isNewToken == true
                        ? "Sign in, and the form for your new token opens, filled in."
                        : "Create tokens to use instead of your password in Maven, Git, curl and CI."
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
                    a(.href(.signInByPassword(returnTo: returnTo))) { "Emergency access" }
                    " for administrators of this desk."
                }
            } else if !hasNobody || showsForm {
                passwordForm
                p(.class("hint")) { "Use your password here; tokens are for tools." }
            }
        }
    }

    private var hasNobody: Bool { beforeFirst == .noAccounts }

    /// Where the operator finds the link for the first administrator. The page never shows the link itself.
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

/// The page shown while the browser goes on to the identity provider's sign-out.
struct SignedOutPage: Page {
    /// The name of the identity provider.
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
