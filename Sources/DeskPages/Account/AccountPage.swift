import Ledger
import Tokens

/// One's own account: who one is, the password, and the browsers that are signed in.
struct AccountPage: Page {
    let subject: Subject
    /// The browsers, the latest seen first.
    let sessions: [Session]
    /// The one that reads this.
    let current: SessionID
    /// Whether they sign in with a password of the desk's own.
    var hasPassword = true
    var faults: [FormFault] = []
    var done: String?
    let proof: FormProof

    var title: String { "Account" }
    var navigationItem: NavigationItem? { .account }

    var content: HTML {
        doneNotice(done)
        pageHead(subject.name, identity)
        div(.class("columns")) {
            if hasPassword { passwordCard }
            section(.class("card"), .labelledBy("browsers")) {
                h2(.id("browsers")) { "Where you are signed in" }
                ul(.class("plain")) { for session in sessions { line(for: session) } }
                postForm(to: .signOutEverywhere, proof: proof) {
                    p(.class("hint")) {
                        hasPassword
                            ? "Not yours? Sign out everywhere, then change your password."
                            : "Not yours? Sign out everywhere, then tell your administrator."
                    }
                    button(.type("submit"), .class("danger")) { "Sign out everywhere" }
                }
            }
        }
    }

    private var passwordCard: HTML {
        section(.class("card"), .labelledBy("password-title")) {
            h2(.id("password-title")) { "Change your password" }
            p(.class("hint")) { "Your tokens keep working. All other browsers are signed out." }
            faultSummary(faults)
            postForm(to: .password, proof: proof) {
                input(
                    .type("text"), .name("username"), .value(subject.login.text),
                    .autocomplete("username"),
                    .readOnly, .class("unseen"), .label("Login"), .focusable)
                passwordField("current", label: "Current password", isNew: false, faults: faults)
                passwordField(
                    "password", label: "New password", hint: "At least 8 characters.", isNew: true,
                    faults: faults)
                passwordField(
                    "password-again", label: "Repeat new password", isNew: true, faults: faults)
                button(.type("submit"), .class("primary")) { "Change password" }
            }
        }
    }

    private var identity: String {
        var parts = ["Login \(subject.login)"]
        if let email = subject.email { parts.append(email) }
        if subject.isAdministrator { parts.append("administrator") }
        return parts.joined(separator: " · ")
    }

    private func line(for session: Session) -> HTML {
        li {
            strong { session.client.isEmpty ? "Unknown browser" : browserName(session.client) }
            if session.id == current { span(.class("tag")) { "this browser" } }
            span(.class("where")) {
                session.address.isEmpty ? "" : "from \(session.address), "
                "last active "
                moment(session.lastSeenAt)
            }
        }
    }
}

/// "Firefox on Linux" for a browser's `User-Agent`; the text itself where it is none that we know.
/// The order matters: Edge and Chrome also claim to be Safari.
func browserName(_ agent: String) -> String {
    let browsers = [
        ("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]
    let systems = [
        ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Mac OS X", "macOS"),
        ("Windows", "Windows"), ("CrOS", "ChromeOS"), ("Linux", "Linux"),
    ]
    guard let browser = browsers.first(where: { agent.contains($0.0) })?.1 else {
        return String(agent.prefix(60))
    }
    guard let system = systems.first(where: { agent.contains($0.0) })?.1 else { return browser }
    return "\(browser) on \(system)"
}
