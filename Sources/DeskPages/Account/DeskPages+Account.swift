import HTTPServer
import Ledger
import SignIn
import Tokens

/// One's own account.
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
                    visit.visitor, visit.request, saying: .signedOutEverywhere
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
                done: visit.visit.done,
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
            return .onTo(DeskPath.account.saying(.password))
        } catch let fault as SignInFault {
            let told =
                switch fault {
                case .wrongLoginOrPassword: FormFault("current", "This is not your current password.")
                case .badPassword: FormFault("password", fault.description)
                case .tooManyAttempts: FormFault("current", fault.description)
                default: throw fault
                }
            return try await accountPage(visit, faults: [told], status: fault.status)
        }
    }
}
