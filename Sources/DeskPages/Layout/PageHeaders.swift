import HTTPServer

/// What every page tells the browser, so that it does nothing for anybody but its reader.
enum PageHeaders {
    /// Nothing but the desk's own files, no script or style within a page, no page within a frame.
    static let policy = [
        "default-src 'none'", "style-src 'self'", "script-src 'self'", "img-src 'self'", "form-action 'self'",
        "frame-ancestors 'none'", "base-uri 'none'",
    ].joined(separator: "; ")

    /// The answer with what holds for pages; `isSecure` where people reach the desk by https.
    static func added(to response: Response, isSecure: Bool) -> Response {
        var response = response
        response.headers["Content-Security-Policy"] = policy
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

/// Keeps "back" from bringing a shown secret again where there is no script to wipe it.
///
/// Chromium keeps even `no-store` pages for a moment (its back/forward cache), unless an `HttpOnly`
/// cookie has changed since. So the page that shows a secret sets one, and the next page removes it.
/// <https://developer.chrome.com/docs/web-platform/bfcache-ccns>
struct LeavingMark: Sendable {
    let isSecure: Bool

    private var name: String { isSecure ? "__Host-jeton-shown" : "jeton-shown" }

    private func cookie(_ value: String) -> String {
        "\(name)=\(value); Path=/; HttpOnly; SameSite=Lax\(isSecure ? "; Secure" : "")"
    }

    /// The answer that shows a secret.
    func setting(on response: Response) -> Response { response.setting([cookie("1")]) }

    /// Any other answer: takes the mark away where the browser carries it.
    func removed(by response: Response, to request: Request) -> Response {
        let sets = response.headers.all("set-cookie").contains { $0.hasPrefix("\(name)=") }
        guard !sets, request.cookie(name) != nil else { return response }
        return response.setting([cookie("") + "; Max-Age=0"])
    }
}
