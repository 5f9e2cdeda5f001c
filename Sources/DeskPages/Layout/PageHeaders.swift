import HTTPServer

/// The security headers of every page.
enum PageHeaders {
    /// Allows only the desk's own files: no inline script or style, and no frames.
    static let policy = policy(formAction: "'self'")

    /// The same, for a form that leads to another site in the end: browsers apply `form-action` to redirects, too.
    static func policy(sendingFormsTo source: String) -> String { policy(formAction: "'self' \(source)") }

    private static func policy(formAction: String) -> String {
        [
            "default-src 'none'", "style-src 'self'", "script-src 'self'", "img-src 'self'",
            "form-action \(formAction)", "frame-ancestors 'none'", "base-uri 'none'",
        ].joined(separator: "; ")
    }

    /// The same, for a page whose script asks the desk for news.
    static let policyOfWatchers = "\(policy); connect-src 'self'"

    /// The response with the headers; `isSecure` if people reach the desk over https.
    static func added(to response: Response, isSecure: Bool) -> Response {
        var response = response
        if response.headers["Content-Security-Policy"] == nil {
            response.headers["Content-Security-Policy"] = policy
        }
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Permissions-Policy"] =
            "camera=(), geolocation=(), microphone=(), payment=(), usb=(), clipboard-write=(self)"
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        if isSecure { response.headers["Strict-Transport-Security"] = "max-age=31536000" }
        if response.headers["Cache-Control"] == nil { response.headers["Cache-Control"] = "no-store" }
        return response
    }
}

/// Keeps the "back" button from showing a secret again if there is no script to erase it.
///
/// Chromium keeps even `no-store` pages in its back/forward cache for a moment, unless an `HttpOnly` cookie has
/// changed. So the page that shows a secret sets one, and the next page removes it.
/// <https://developer.chrome.com/docs/web-platform/bfcache-ccns>
struct LeavingMark: Sendable {
    let isSecure: Bool

    private var name: String { isSecure ? "__Host-jeton-shown" : "jeton-shown" }

    private func cookie(_ value: String) -> String {
        "\(name)=\(value); Path=/; HttpOnly; SameSite=Lax\(isSecure ? "; Secure" : "")"
    }

    /// Marks a response that shows a secret.
    func setting(on response: Response) -> Response { response.setting([cookie("1")]) }

    /// Removes the mark on any other response, if the browser sends it.
    func removed(by response: Response, to request: Request) -> Response {
        let sets = response.headers.all("set-cookie").contains { $0.hasPrefix("\(name)=") }
        guard !sets, request.cookie(name) != nil else { return response }
        return response.setting([cookie("") + "; Max-Age=0"])
    }
}
