import Desk
import HTTPServer
import Ledger
import SignIn
import Synchronization
import Tokens

/// Signing in and out, and the one-time link.
extension DeskPages {
    func addSignInRoutes(to router: inout Router) {
        router.on("GET", "/") { request in try await answer(request) { await signInPage($0) } }
        router.on("GET", "/sign-in") { request in
            try await answer(request) { await signInPage($0, showsForm: true) }
        }
        // A common address for sign-in pages.
        router.on("GET", "/login") { request in
            try await answer(request) { visit in
                .onTo(visit.returnTo.map(DeskPath.signIn(returnTo:)) ?? .signIn)
            }
        }
        router.on("POST", "/sign-in", limits: .shortForm) { request in try await answer(request, signIn) }
        router.on("POST", "/sign-out", limits: .shortForm, urgent: true) { request in
            try await answer(request, signOut)
        }
        if let provider = parts.provider { addProviderRoutes(to: &router, provider) }
        router.on("GET", "/welcome") { request in try await answer(request, welcomePage) }
        router.on("POST", "/welcome", limits: .shortForm) { request in try await answer(request, accept) }
    }

    private func signInPage(_ visit: Visit, showsForm: Bool = false) async -> Response {
        guard visit.visitor == nil else { return .onTo(visit.returnTo.map(DeskPath.init) ?? .tokens) }
        let isLocal = visit.request.queryItems["local"] != nil
        return visit.answer(
            SignInPage(
                returnTo: visit.returnTo, provider: isLocal ? nil : parts.provider?.title,
                beforeFirst: await beforeFirst(), showsForm: showsForm, proof: visit.proof))
    }

    /// The state before the first administrator; `nil` once there has been one, or if a provider signs people in. The
    /// ledger is not asked again after that.
    private func beforeFirst() async -> AdministrationState? {
        guard parts.provider == nil, !wasAdministered.isSet else { return nil }
        // If the ledger fails, signing in will say so.
        guard let state = try? await parts.people.administration() else { return nil }
        guard state.isBeforeFirst else {
            wasAdministered.set()
            return nil
        }
        return state
    }

    private func signIn(_ visit: Visit) async throws -> Response {
        let form = visit.request.form
        let login = form["login"] ?? ""
        let returnTo = form["return_to"].flatMap(ReturnPath.init)
        do {
            let cookies = try await parts.accounts.signIn(
                login: login, password: form["password"] ?? "", request: visit.request)
            return Response.onTo(returnTo.map(DeskPath.init) ?? .tokens).setting(cookies)
        } catch let fault as SignInFault {
            var response = visit.answer(
                SignInPage(
                    login: login, fault: fault.description, returnTo: returnTo, proof: visit.proof),
                status: fault.status)
            if case .tooManyAttempts(let wait) = fault {
                response.headers["Retry-After"] = String(max(1, wait.seconds))
            }
            return response
        }
    }

    private func signOut(_ visit: Visit) async throws -> Response {
        guard let visitor = visit.visitor else { return .onTo(.signIn) }
        let cookies = try await parts.sessions.end(visitor, at: visit.request)
        return try await answerSignedOut(visitor, visit, saying: .signedOut).setting(cookies)
    }

    // MARK: The one-time link

    private func welcomePage(_ visit: Visit) async throws -> Response {
        try await welcome(visit, code: visit.request.queryItems["code"] ?? "")
    }

    /// The page behind the link, or an error page if the link no longer works.
    private func welcome(_ visit: Visit, code: String, faults: [FormFault] = []) async throws -> Response {
        guard let invited = try await parts.accounts.invited(by: code) else {
            return visit.answer(ErrorPage.badLink, status: 404)
        }
        let form = visit.request.form
        let page = WelcomePage(
            code: code, invited: invited.map { ($0.login.text, $0.name) }, login: form["login"] ?? "",
            name: form["name"] ?? "", faults: faults, proof: visit.proof)
        return visit.answer(page, status: faults.isEmpty ? 200 : 422)
    }

    private func accept(_ visit: Visit) async throws -> Response {
        let form = visit.request.form
        let code = form["code"] ?? ""
        let password = form["password"] ?? ""
        guard password == form["password-again"] else {
            return try await welcome(visit, code: code, faults: [.passwordsDiffer])
        }
        do {
            let cookies = try await parts.accounts.accept(
                code: code, login: form["login"] ?? "", name: form["name"] ?? "", password: password,
                request: visit.request)
            return Response.onTo(.tokens).setting(cookies)
        } catch let fault as SignInFault {
            switch fault {
            case .badLogin, .loginTaken:
                return try await welcome(visit, code: code, faults: [.init("login", "\(fault)")])
            case .badName: return try await welcome(visit, code: code, faults: [.init("name", "\(fault)")])
            case .badPassword:
                return try await welcome(visit, code: code, faults: [.init("password", "\(fault)")])
            case .invitationUnknown: return visit.answer(ErrorPage.badLink, status: 404)
            default: throw fault
            }
        }
    }
}

extension FormFault {
    static let passwordsDiffer = FormFault("password-again", "The two passwords do not match.")
}

/// A flag that is set once, shared by all threads.
final class OnceMark: Sendable {
    private let mark = Atomic(false)

    var isSet: Bool { mark.load(ordering: .relaxed) }

    func set() { mark.store(true, ordering: .relaxed) }
}
