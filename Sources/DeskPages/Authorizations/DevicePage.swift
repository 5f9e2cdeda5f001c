import Tokens

/// Asks for the code that a program shows (RFC 8628, section 3.3).
struct DevicePage: Page {
    var typed = ""
    var fault: String?
    let proof: FormProof

    var title: String { "Sign a program in" }
    var navigationItem: NavigationItem? { .tokens }

    var content: HTML {
        section(.class("card narrow calm"), .labelledBy("title")) {
            h1(.id("title")) { "Sign a program in" }
            p(.class("lead")) { "Type the code that the program shows you." }
            postForm(to: .device, proof: proof) {
                field(
                    "user_code", label: "Code", hint: "Eight letters, such as WDJB-MJHT.",
                    faults: fault.map { [FormFault("user_code", $0)] } ?? [], .type("text"), .value(typed),
                    .required, .maxLength(20), .autocomplete("one-time-code"), .noSpellcheck,
                    .autofocus)
                p(.class("actions")) { button(.type("submit"), .class("primary")) { "Continue" } }
            }
            p(.class("hint")) {
                "Did somebody send you a code? Then do not type it: whoever made it would get a token in your name."
            }
        }
    }
}

/// Says what became of a program that waits elsewhere.
struct DecidedPage: Page {
    let program: String
    /// The name of the token that it gets; `nil` where it was refused.
    let token: String?

    var title: String { token == nil ? "Refused" : "\(program) is signed in" }
    var navigationItem: NavigationItem? { .tokens }

    var content: HTML {
        section(.class("card narrow calm"), .labelledBy("title")) {
            h1(.id("title")) { title }
            p(.class("lead")) {
                if let token {
                    "Go back to it: within a few seconds it has the token “\(token)”. You can close this page."
                } else {
                    "“\(program)” gets no token. If it was not you who started it, somebody may have tried to get one in your name: tell your administrator."
                }
            }
            p(.class("actions")) { a(.class("button"), .href(.tokens)) { "Go to My tokens" } }
        }
    }
}
