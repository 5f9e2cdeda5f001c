import Tokens

/// The confirmation before a person becomes an administrator or loses the role: says what that means.
struct RolePage: Page {
    let person: Subject
    /// Whether the person becomes an administrator; `false` if they lose the role.
    let promotes: Bool
    /// Whether the person is the reader.
    var isSelf = false
    /// Why it is not possible; `nil` if it is.
    var refusal: String?
    let proof: FormProof

    var title: String {
        promotes
            ? "Make \(person.login) an administrator" : "Remove the administrator role from \(person.login)"
    }
    var navigationItem: NavigationItem? { .people }

    var content: HTML {
        section(.class("card medium"), .labelledBy("title")) {
            h1(.id("title")) {
                promotes
                    ? "Make \(person.name) an administrator?"
                    : "Remove the administrator role from \(person.name)?"
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
                            promotes ? "Make an administrator" : "Remove administrator role"
                        }
                        a(.class("button quiet"), .href(.person(person.id))) { "Cancel" }
                    }
                }
            }
        }
    }

    private var gains: HTML {
        p(.class("lead")) {
            "They will be able to add and suspend people, see all events, revoke any token, and make others administrators."
        }
    }

    @HTMLBuilder
    private var losses: HTML {
        p(.class("lead")) {
            isSelf
                ? "You lose access to all administrator pages at once. Another administrator can undo this."
                : "They lose access to all administrator pages at once, also in browsers where they are signed in."
        }
        p {
            "Tokens stay as they are, except that those for provisioning people and groups ("
            code { DeskScope.scim.text }
            ") are refused while their owner is not an administrator."
        }
    }
}
