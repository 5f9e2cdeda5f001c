import Desk
import Tokens

/// The offer to take from a token what it did not use, with one button.
func narrowNotice(
    _ narrowing: Narrowing, of token: Token, _ proof: FormProof, _ wording: Wording
) -> HTML {
    section(.class("notice good"), .labelledBy("narrow")) {
        h2(.id("narrow")) { "Narrow it" }
        p { narrowWords(narrowing, of: token, wording) }
        p { "These would be enough:" }
        ul(.class("scopes"), .label("Access that would be enough")) {
            for scope in narrowing.scopes.list { li { wording.titles.words(for: scope) } }
        }
        p(.class("hint")) {
            "Where at a service it reads or writes is not recorded: limit it to a path if you know that."
        }
        postForm(to: .narrow(token.id), proof: proof) {
            input(.type("hidden"), .name("scopes"), .value(narrowing.scopes.text))
            button(.type("submit"), .class("button")) { "Narrow to these" }
        }
    }
}

/// "It may use every service; in the last 90 days it used 2 of 9: Maven, Git."
private func narrowWords(_ narrowing: Narrowing, of token: Token, _ wording: Wording) -> String {
    let span = wording.now - token.createdAt < Narrowing.span ? "since it was created" : "in the last 90 days"
    let used = narrowing.used.map { wording.titles[$0.text] }.joined(separator: ", ")
    let reach =
        token.scopes == .everyService ? "It may use every service; \(span) it used" : "It used \(span)"
    let reading =
        narrowing.onlyRead.isEmpty
        ? ""
        : " It only read at \(narrowing.onlyRead.map { wording.titles[$0.text] }.joined(separator: ", "))."
    let managing = narrowing.losesManaging ? " It has not managed tokens." : ""
    return "\(reach) \(narrowing.used.count) of \(narrowing.allowed): \(used).\(reading)\(managing)"
}
