import Desk
import HTTPServer
import Ledger
import OAuth
import SignIn
import Tokens

/// What programs ask people for: the authorization endpoint (RFC 6749, section 3.1) and the page for devices (RFC 8628,
/// section 3.3).
extension DeskPages {
    func addAuthorizationRoutes(to router: inout Router) {
        router.on("GET", "/oauth/authorize") { request in
            try await answerPerson(request) { try await consentToRequest($0) }
        }
        router.on("POST", "/oauth/authorize/answer", limits: .consent) { request in
            try await answerPerson(request) { try await answerRequest($0) }
        }
        guard parts.oauth.allowsDevices else { return }
        router.on("GET", "/device") { request in
            try await answerPerson(request) { $0.answer(DevicePage(proof: $0.proof)) }
        }
        router.on("POST", "/device", limits: .shortForm) { request in
            try await answerPerson(request) { visit in
                try await consentToCode(visit) { source in try await consent(visit, to: source) }
            }
        }
        router.on("POST", "/device/answer", limits: .consent) { request in
            try await answerPerson(request) { visit in
                try await consentToCode(visit) { source in try await answerWaiting(visit, source) }
            }
        }
        router.on("GET", "/oauth/login/{authorization}") { (request, id: AuthorizationID) in
            try await answerPerson(request) { visit in
                try await consent(visit, to: try await signInOfProgram(id))
            }
        }
        router.on("POST", "/oauth/login/{authorization}", limits: .consent) {
            (request, id: AuthorizationID) in
            try await answerPerson(request) { visit in
                try await answerWaiting(visit, try await signInOfProgram(id))
            }
        }
    }

    // MARK: A program that sent the browser

    private func consentToRequest(_ visit: PersonVisit) async throws -> Response {
        let request: AuthorizationRequest
        do throws(AuthorizationRequest.Fault) {
            request = try await AuthorizationRequest(
                visit.request.queryItems, services: parts.oauth.services
            ) { (id) throws(AuthorizationRequest.Fault) in
                try await parts.oauth.clients.client(id, for: visit.subject.id)
            }
        } catch {
            return refusal(of: visit, error)
        }
        let asked = AuthorizationDesk.Asked(
            client: request.client.id, clientTitle: request.client.title, scopes: request.scopes,
            resource: request.resource, address: visit.visit.address)
        let source = ConsentSource(
            asked: asked, client: request.client.source,
            way: .browser(request.destination, challenge: request.challenge), at: visit.now)
        return try await consent(visit, to: source)
    }

    private func refusal(of visit: PersonVisit, _ fault: AuthorizationRequest.Fault) -> Response {
        switch fault {
        case .untold(let sentence):
            let page = ErrorPage(
                title: "This program cannot sign in here", sentence: sentence,
                advice: "Nothing was created. If the program is yours, check its configuration.")
            return visit.answer(page, status: 400)
        case .told(let destination, let error, let sentence):
            let address = destination.address(
                [("error", error), ("error_description", sentence)], issuer: parts.oauth.issuer)
            return .seeOther(address)
        }
    }

    private func answerRequest(_ visit: PersonVisit) async throws -> Response {
        guard
            let source = parts.sealedRequest.open(
                visit.form["request"] ?? "", for: visit.visitor.session.id.number, at: visit.now),
            case .browser(let destination, let challenge) = source.way
        else {
            return visit.answer(ErrorPage.formExpired, status: 400)
        }
        let answer = ConsentAnswer(visit.form, services: parts.oauth.services)
        guard !answer.isRefusal else {
            try await parts.authorizations.deny(source.asked, by: visit.requester)
            return .seeOther(
                destination.address([("error", "access_denied")], issuer: parts.oauth.issuer))
        }
        return try await decide(visit, source, answer) { decision in
            let code = try await parts.authorizations.approve(
                source.asked, decision, sendingTo: destination.redirectURI, challenge: challenge,
                by: visit.requester)
            return .seeOther(destination.address([("code", code)], issuer: parts.oauth.issuer))
        }
    }

    // MARK: A program that waits

    /// Finds the program whose code was typed, and goes on with it.
    private func consentToCode(
        _ visit: PersonVisit, _ onward: (ConsentSource) async throws -> Response
    ) async throws -> Response {
        let typed = visit.form["user_code"] ?? ""
        let fault: String
        do {
            if let found = try await parts.authorizations.pending(userCode: typed, by: visit.requester) {
                return try await onward(waiting(found, typed: typed))
            }
            fault =
                UserCode(typed: typed) == nil
                ? "A code has eight letters, such as WDJB-MJHT, and no vowels."
                : "No program waits with this code. It is good for five minutes: check it, or start the program again."
        } catch let error as AuthorizationDesk.TooManyCodes {
            let wait = max(1, error.wait.seconds)
            let page = DevicePage(
                typed: typed, fault: "Too many wrong codes. Wait \(wait) seconds, then try again.",
                proof: visit.proof)
            var response = visit.answer(page, status: 429)
            response.headers["Retry-After"] = String(wait)
            return response
        }
        return visit.answer(DevicePage(typed: typed, fault: fault, proof: visit.proof), status: 422)
    }

    /// The program that sent a person to an address of its own, as npm does.
    private func signInOfProgram(_ id: AuthorizationID) async throws -> ConsentSource {
        guard let found = try await parts.authorizations.pending(id), found.kind == .login else {
            throw DeskFault.requestSettled(
                "No program waits here any more. It waits for five minutes: start it again.")
        }
        return waiting(found, typed: nil)
    }

    private func waiting(_ authorization: Authorization, typed: String?) -> ConsentSource {
        ConsentSource(
            asked: authorization.asked,
            client: parts.oauth.clients.client(authorization.client)?.source ?? .itself,
            way: .waiting(authorization, typed: typed), at: authorization.createdAt)
    }

    private func answerWaiting(_ visit: PersonVisit, _ source: ConsentSource) async throws -> Response {
        guard case .waiting(let authorization, _) = source.way else { throw DeskFault.noSuchRequest }
        let answer = ConsentAnswer(visit.form, services: parts.oauth.services)
        let program = source.asked.clientTitle
        guard !answer.isRefusal else {
            try await parts.authorizations.deny(authorization, by: visit.requester)
            return visit.answer(DecidedPage(program: program, token: nil))
        }
        guard answer.isSure || !source.isElsewhere(from: visit.visit.address) else {
            let fault = FormFault(
                ConsentPage.sureField, "Tick this if you started the program yourself, or refuse.")
            return try await consent(visit, to: source, answer, faults: [fault])
        }
        return try await decide(visit, source, answer) { decision in
            try await parts.authorizations.approve(authorization, decision, by: visit.requester)
            let former = try await parts.authorizations.tokens(of: visit.subject, at: authorization.client)
            let rotated = former.first { $0.token.id == decision.rotates }?.token.name.text
            return visit.answer(DecidedPage(program: program, token: rotated ?? decision.name))
        }
    }

    // MARK: The form

    /// Carries out what was decided, or shows the form again with its faults.
    private func decide(
        _ visit: PersonVisit, _ source: ConsentSource, _ answer: ConsentAnswer,
        _ act: (Authorization.Decision) async throws -> Response
    ) async throws -> Response {
        do {
            return try await act(try answer.decision(at: visit.now, services: parts.oauth.services))
        } catch let faults as TokenDraft.Faults {
            return try await consent(visit, to: source, answer, faults: faults.all)
        } catch DeskFault.invalid(let faults) {
            return try await consent(visit, to: source, answer, faults: faults.map { TokenDraft.fault($0) })
        } catch DeskFault.needsApproval(let approvers) {
            let fault = FormFault(
                "services",
                "Such a token needs approval by \(approvers.words): allow less, or ask for one on My tokens and give it "
                    + "to the program by hand.")
            return try await consent(visit, to: source, answer, faults: [fault])
        }
    }

    private func consent(
        _ visit: PersonVisit, to source: ConsentSource, _ answer: ConsentAnswer? = nil,
        faults: [FormFault] = []
    ) async throws -> Response {
        let offer = try await parts.tokens.offer(to: visit.subject, by: visit.requester)
        let working = try await parts.tokens.working(of: visit.subject.id)
        let first = TokenDraft(
            for: source.asked, services: offer.services, taken: working.map(\.token.name))
        var draft = answer?.draft ?? first
        // Only what the program asks for has a line.
        draft.access = draft.access.filter { first.access[$0.key] != nil }
        var form = NewTokenForm(
            draft: draft, faults: faults, offer: offer, grantable: [], now: visit.now, proof: visit.proof)
        form.asked = source.asked.scopes.isEmpty ? [:] : first.access
        let carried: (String, String) =
            switch source.way {
            case .browser:
                ("request", parts.sealedRequest.seal(source, for: visit.visitor.session.id.number))
            case .waiting(_, let typed): ("user_code", typed ?? "")
            }
        let page = ConsentPage(
            source: source, form: form,
            former: working.filter {
                $0.token.client?.id.isExactly(source.asked.client) == true && source.asked.includes($0.token)
            },
            rotates: answer?.rotates, carried: carried, address: visit.visit.address,
            wording: wording(at: visit.now))
        var response = visit.answer(page, status: faults.isEmpty ? 200 : 422)
        if let redirect = source.redirectSource {
            response.headers["Content-Security-Policy"] = PageHeaders.policy(sendingFormsTo: redirect)
        }
        return response
    }
}

extension RouteLimits {
    /// The form for a token that a program asks for: one line for each service.
    static let consent = RouteLimits(bodyBytes: 64 * 1024, pairs: 1000)
}
