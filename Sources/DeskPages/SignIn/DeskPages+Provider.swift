import HTTPServer
import JSON
import Ledger
import SignIn
import Tokens

/// Signing in and out through the identity provider.
extension DeskPages {
    func addProviderRoutes(to router: inout Router, _ provider: ProviderSignIn) {
        router.on("GET", "/sign-in/oidc") { request in
            try await answer(request) { visit in
                let returnTo = visit.request.queryItems["return_to"].flatMap(ReturnPath.init)
                // A person who is signed in may sign in again to keep their tokens active.
                let isAgain = visit.request.queryItems["again"] != nil
                guard visit.visitor == nil || isAgain else {
                    return .onTo(returnTo.map(DeskPath.init) ?? .tokens)
                }
                return try await leave(visit, for: provider, returnTo: returnTo)
            }
        }
        router.on("GET", "/sign-in/callback") { request in
            try await answer(request) { try await arrive($0, from: provider) }
        }
        router.on("POST", "/sign-in/backchannel-logout", limits: .shortForm) { request in
            try await Self.endSessions(request, provider)
        }
    }

    private func leave(
        _ visit: Visit, for provider: ProviderSignIn, returnTo: ReturnPath?
    ) async throws -> Response {
        do {
            let redirect = try await provider.begin(returnTo: returnTo?.text, at: visit.request)
            return Response(status: 302, headers: ["Location": redirect.location])
                .setting(redirect.cookies)
        } catch let fault as OIDCFault {
            return try refused(visit, fault)
        }
    }

    private func arrive(_ visit: Visit, from provider: ProviderSignIn) async throws -> Response {
        do {
            let completed = try await provider.finish(visit.request, visitor: visit.visitor)
            // Sealed by the desk, but checked as strictly as a value from outside.
            let returnTo = completed.returnTo.flatMap(ReturnPath.init).map(DeskPath.init) ?? .tokens
            // Who was signed in has signed in again.
            let response = visit.visitor.map { _ in visit.onTo(returnTo, saying: .signedInAgain) }
            return (response ?? .onTo(returnTo)).setting(completed.cookies)
        } catch let fault as OIDCFault {
            return try refused(visit, fault)
        }
    }

    /// The page for a failed sign-in. The log gets the reason if the operator has to act.
    private func refused(_ visit: Visit, _ fault: OIDCFault) throws -> Response {
        let keepsNoCookie = fault == .noPendingSignIn && !parts.forms.holdsSecret(visit.request)
        let page =
            keepsNoCookie
            ? ErrorPage.noCookie(for: "the identity provider’s answer", at: address) : .notSignedIn(fault)
        var response = visit.answer(page, status: fault.status)
        if case .tooManyAttempts(let wait) = fault {
            response.headers["Retry-After"] = String(max(1, wait.seconds))
        }
        guard fault.concernsOperator else { return response }
        throw Failure(PageHeaders.added(to: response, isSecure: isSecure), reason: "sign-in: \(fault.name)")
    }

    /// The response to a sign-out; leads on to the provider's sign-out if the session began there.
    ///
    /// A redirect would be blocked: browsers check it against the page's `form-action` (Content Security Policy
    /// Level 3, section 6.4.1).
    func answerSignedOut(_ visitor: Visitor, _ visit: Visit, saying done: Done) async throws -> Response {
        let response = visit.onTo(.signedOut, saying: done, to: nil)
        guard let provider = parts.provider else { return response }
        guard let address = await provider.signOutAddress(of: visitor, at: visit.request) else {
            return response.setting(provider.signOutCookies)
        }
        var leaving = Response(
            status: 200, .html, SignedOutPage(provider: provider.title).document(for: nil))
        leaving.headers["Refresh"] = "0; url=\(address)"
        return leaving.setting(provider.signOutCookies)
    }

    /// Handles the provider's request to end sessions (OpenID Connect Back-Channel Logout 1.0, sections 2.5 to 2.8).
    private static func endSessions(_ request: Request, _ provider: ProviderSignIn) async throws -> Response {
        var headers: Headers = ["Cache-Control": "no-store"]
        func refusal(_ sentence: String) -> Response {
            Response(
                status: 400, .json,
                JSONValue.object([
                    "error": "invalid_request", "error_description": .string(sentence),
                ]).text, headers: headers)
        }
        do {
            try await provider.endByProvider(request)
            return Response(status: 200, headers: headers)
        } catch let fault as LogoutTokenFault {
            return refusal(fault.description)
        } catch let fault as OIDCFault {
            guard !fault.concernsOperator else {
                headers["Retry-After"] = "60"
                throw Failure(
                    Response(status: 503, headers: headers), reason: "back-channel logout: \(fault.name)")
            }
            return refusal(fault.description)
        }
    }
}
