import Tokens

/// The confirmation before a person's identity is released: says when to do so and what it allows.
struct ReleaseIdentityPage: Page {
    let person: Subject
    /// Why it is not possible; `nil` if it is.
    var refusal: String?
    let proof: FormProof

    var title: String { "Release the identity of \(person.login)" }
    var navigationItem: NavigationItem? { .people }

    var content: HTML {
        section(.class("card medium"), .labelledBy("title")) {
            h1(.id("title")) { "Release the identity of \(person.name)?" }
            if let refusal {
                div(.class("notice bad"), .role("alert")) { p { refusal } }
                p(.class("actions")) {
                    a(.class("button primary"), .href(.person(person.id))) { "Back to \(person.login)" }
                }
            } else {
                p(.class("lead")) {
                    "Do this if their sign-in is refused because the identity provider now sends a different "
                    code { "sub" }
                    " for them, such as after a new registration or a re-imported realm."
                }
                p {
                    "They are signed out everywhere. For the next 7 days, whoever signs in there as "
                    strong { person.login.text }
                    " and has no other account here takes over this account and its tokens. The tokens keep working."
                }
                postForm(to: .releaseIdentity(person.id), proof: proof) {
                    p(.class("actions")) {
                        button(.type("submit"), .class("danger solid")) { "Release identity" }
                        a(.class("button quiet"), .href(.person(person.id))) { "Cancel" }
                    }
                }
            }
        }
    }
}
