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
                // Who is signed in may want the provider to say so again, for their tokens to stay awake.
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
            // Sealed by the desk, and yet read as strictly as if it came from outside.
            let returnTo = completed.returnTo.flatMap(ReturnPath.init).map(DeskPath.init) ?? .tokens
            return Response.onTo(returnTo).setting(completed.cookies)
        } catch let fault as OIDCFault {
            return try refused(visit, fault)
        }
    }

    /// The page for a sign-in that did not come about; the log is told where the operator has to act.
    private func refused(_ visit: Visit, _ fault: OIDCFault) throws -> Response {
        let keepsNoCookie = fault == .noPendingSignIn && !parts.forms.holdsSecret(visit.request)
        let page =
            keepsNoCookie
            ? ErrorPage.noCookie(with: "the identity provider’s answer", at: address) : .notSignedIn(fault)
        var response = visit.answer(page, status: fault.status)
        if case .tooManyAttempts(let wait) = fault {
            response.headers["Retry-After"] = String(max(1, wait.seconds))
        }
        guard fault.concernsOperator else { return response }
        throw Failure(PageHeaders.added(to: response, isSecure: isSecure), reason: "sign-in: \(fault.name)")
    }

    /// The answer to a sign-out: on to the provider's own where the session came from there.
    ///
    /// Not a redirect, which browsers check against the page's `form-action` (Content Security Policy
    /// Level 3, section 6.4.1) and would stop at another site.
    func answerSignedOut(_ visitor: Visitor, _ request: Request, saying done: Done) async throws -> Response {
        guard let provider = parts.provider else { return .onTo(DeskPath.signIn.saying(done)) }
        guard let address = await provider.signOutAddress(of: visitor, at: request) else {
            return Response.onTo(DeskPath.signIn.saying(done)).setting(provider.signOutCookies)
        }
        var response = Response(
            status: 200, .html, SignedOutPage(provider: provider.title).document(for: nil))
        response.headers["Refresh"] = "0; url=\(address)"
        return response.setting(provider.signOutCookies)
    }

    /// The provider's own request, which no browser sends (OpenID Connect Back-Channel Logout 1.0,
    /// sections 2.5 to 2.8).
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
