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
