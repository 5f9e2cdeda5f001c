import HTTPServer
import Ledger
import Sodium
import TestHouse
import Tokens

@testable import SignIn

/// Local accounts over a test ledger, used as a browser would.
struct SignInHouse {
    let house: TestHouse
    let sessions: Sessions
    let accounts: LocalAccounts
    let guardian: FormGuard

    init(_ house: TestHouse, isSecure: Bool = false) {
        self.house = house
        var settings = SignInSettings()
        settings.isSecure = isSecure
        settings.passwordCost = .least
        sessions = Sessions(ledger: house.ledger, clock: house.clock, settings: settings)
        accounts = LocalAccounts(
            ledger: house.ledger, sessions: sessions, clock: house.clock, format: .standard, key: house.key,
            settings: settings)
        guardian = FormGuard(key: house.key, settings: settings)
    }

    /// Signs somebody in with a password in that browser.
    func signIn(_ browser: inout Browser, _ login: String, _ password: String) async throws {
        browser.keep(try await accounts.signIn(login: login, password: password, request: browser.request()))
    }
}

/// A browser that keeps its cookies.
struct Browser {
    var cookies: [String: String] = [:]
    var address = "192.0.2.1"

    func request(_ method: String = "GET", _ target: String = "/", form: String = "") -> Request {
        var headers: Headers = ["x-forwarded-for": address, "user-agent": "Mozilla/5.0 Firefox/140.0"]
        if !cookies.isEmpty {
            headers["cookie"] = cookies.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(
                separator: "; ")
        }
        if method == "POST" { headers["content-type"] = "application/x-www-form-urlencoded" }
        return Request(method, target, headers: headers, body: Array(form.utf8))
    }

    mutating func keep(_ setCookies: [String]) {
        for cookie in setCookies {
            let parts = cookie.split(separator: ";")[0].split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            cookies[String(parts[0])] = parts[1].isEmpty ? nil : String(parts[1])
        }
    }
}
