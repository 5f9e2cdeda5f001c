import Tokens

/// Asks once before a person's identity is released, saying for whom that is and what it opens.
struct ReleaseIdentityPage: Page {
    let person: Subject
    /// Why it cannot be released, if it cannot.
    var refusal: String?
    let proof: FormProof

    var title: String { "Release the identity of \(person.login)" }
    var navigationItem: NavigationItem? { .people }

    var content: HTML {
        section(.class("card medium"), .labelledBy("title")) {
            h1(.id("title")) { "Release the identity of \(person.name)?" }
            if let refusal {
                div(.class("notice bad"), .role("alert")) { p { refusal } }
                p(.class("actions")) { a(.class("button primary"), .href(.people)) { "Back to people" } }
            } else {
                p(.class("lead")) {
                    "Do this where the identity provider knows them by another "
                    code { "sub" }
                    " than before, so that their sign-in is refused: after a new registration, or a realm that "
                    "was imported anew."
                }
                p {
                    "They are signed out everywhere. For 7 days, whoever signs in there as "
                    strong { person.login.text }
                    " and is nobody else here gets this account with its tokens. Their tokens work on meanwhile."
                }
                postForm(to: .releaseIdentity(person.id), proof: proof) {
                    p(.class("actions")) {
                        button(.type("submit"), .class("danger solid")) { "Release the identity" }
                        a(.class("button quiet"), .href(.people)) { "Leave it as it is" }
                    }
                }
            }
        }
    }
}
