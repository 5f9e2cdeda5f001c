import Tokens

/// Asks once before a person becomes an administrator, or is one no longer, saying what that means.
struct RolePage: Page {
    let person: Subject
    /// Whether they are to become an administrator; else they are to be one no longer.
    let promotes: Bool
    /// Whether it is the reader.
    var isSelf = false
    /// Why it cannot be, if it cannot.
    var refusal: String?
    let proof: FormProof

    var title: String {
        promotes ? "Make \(person.login) an administrator" : "End the administrator’s role of \(person.login)"
    }
    var navigationItem: NavigationItem? { .people }

    var content: HTML {
        section(.class("card medium"), .labelledBy("title")) {
            h1(.id("title")) {
                promotes
                    ? "Make \(person.name) an administrator?"
                    : "End the administrator’s role of \(person.name)?"
            }
            if let refusal {
                div(.class("notice bad"), .role("alert")) { p { refusal } }
                p(.class("actions")) {
                    a(.class("button primary"), .href(.person(person.id))) { "Back to \(person.login)" }
                }
            } else {
                if promotes { gains } else { losses }
                postForm(to: promotes ? .promote(person.id) : .demote(person.id), proof: proof) {
                    p(.class("actions")) {
                        button(.type("submit"), .class(promotes ? "primary" : "danger solid")) {
                            promotes ? "Make an administrator" : "End the role"
                        }
                        a(.class("button quiet"), .href(.person(person.id))) { "Leave it as it is" }
                    }
                }
            }
        }
    }

    private var gains: HTML {
        p(.class("lead")) {
            "They may add and suspend people, see every event, revoke any token, and make others administrators."
        }
    }

    @HTMLBuilder
    private var losses: HTML {
        p(.class("lead")) {
            isSelf
                ? "From this moment on no page for administrators opens for you. Another administrator can undo it."
                : "From this moment on no page for administrators opens for them, in browsers that are signed in, too."
        }
        p {
            "Tokens stay as they are. One that may provision people and groups ("
            code { "jeton:scim" }
            ") is refused as long as its owner does not administer."
        }
    }
}
