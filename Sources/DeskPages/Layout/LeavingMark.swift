import HTTPServer

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
