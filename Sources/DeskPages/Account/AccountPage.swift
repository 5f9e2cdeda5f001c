import Desk
import HTTPServer
import Ledger
import SignIn
import Tokens

/// The person's account: password and signed-in browsers.
struct AccountPage: Page {
    let subject: Subject
    /// The signed-in browsers, latest seen first.
    let sessions: [Session]
    /// The session of the reader.
    let current: SessionID
    /// Whether the person signs in with a password of the desk.
    var hasPassword = true
    var faults: [FormFault] = []
    let notices: NoticeChoiceCard
    let proof: FormProof

    var title: String { "Account" }
    var navigationItem: NavigationItem? { .account }

    var content: HTML {
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
        notices.content(proof)
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

/// "Firefox on Linux" for a browser's `User-Agent`; the beginning of the text for an unknown browser.
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

extension DeskPages {
    func addAccountRoutes(to router: inout Router) {
        router.on("GET", "/account") { request in
            try await answerPerson(request) { try await accountPage($0) }
        }
        router.on("POST", "/account/password", limits: .shortForm) { request in
            try await answerPerson(request, changePassword)
        }
        router.on("POST", "/account/sign-out-everywhere", limits: .shortForm, urgent: true) { request in
            try await answerPerson(request) { visit in
                let cookies = try await parts.sessions.endAll(of: visit.visitor, at: visit.request)
                return try await answerSignedOut(
                    visit.visitor, visit.visit, saying: .signedOutEverywhere
                ).setting(cookies)
            }
        }
    }

    private func accountPage(
        _ visit: PersonVisit, faults: [FormFault] = [], status: Int = 200
    ) async throws -> Response {
        visit.answer(
            AccountPage(
                subject: visit.subject, sessions: try await parts.sessions.all(of: visit.subject.id),
                current: visit.visitor.session.id,
                hasPassword: parts.accounts.mayUsePassword(visit.subject), faults: faults,
                notices: NoticeChoiceCard(
                    lines: try await parts.noticeDesk.choices(of: visit.subject),
                    mails: parts.noticeDesk.abilities.mails, email: visit.subject.email),
                proof: visit.proof),
            status: status)
    }

    private func changePassword(_ visit: PersonVisit) async throws -> Response {
        let new = visit.form["password"] ?? ""
        guard new == visit.form["password-again"] else {
            return try await accountPage(visit, faults: [.passwordsDiffer], status: 422)
        }
        do {
            try await parts.accounts.changePassword(
                of: visit.visitor, from: visit.form["current"] ?? "", to: new, request: visit.request)
            return visit.onTo(.account, saying: .passwordChanged)
        } catch let fault as SignInFault {
            let faultOfField =
                switch fault {
                case .wrongLoginOrPassword: FormFault("current", "This is not your current password.")
                case .badPassword: FormFault("password", fault.description)
                case .tooManyAttempts: FormFault("current", fault.description)
                default: throw fault
                }
            return try await accountPage(visit, faults: [faultOfField], status: fault.status)
        }
    }
}
