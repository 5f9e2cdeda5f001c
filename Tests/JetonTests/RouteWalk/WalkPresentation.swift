import HTTPServer
import TestHouse
import Tokens

/// How a caller presents a credential.
struct WalkPresentation: Sendable {
    /// Added to what is said of a fault.
    let words: String
    let add: @Sendable (_ caller: WalkCaller, _ request: inout Request) -> Void

    /// As programs and browsers usually do.
    static let usual = WalkPresentation(words: "") { caller, request in
        request.headers["cookie"] = caller.cookie
        request.headers["authorization"] =
            caller.secret.map { "Bearer \($0.reveal())" } ?? caller.authorization
    }

    /// A token in place of the browser's own secrets.
    static let asSession = token(", as a session", in: "cookie") { _, token in
        "jeton-session=\(token); jeton-visit=\(token)"
    }

    /// A token wherever else tools send one.
    private static let others = [
        token(", by Basic", in: "authorization") { caller, token in basic(caller.owner.login.text, token) },
        token(", by Basic without a login", in: "authorization") { _, token in basic("", token) },
        token(", as X-Authentication-Token", in: "x-authentication-token") { _, token in token },
        token(", as Private-Token", in: "private-token") { _, token in token },
        WalkPresentation(words: ", in the query") { caller, request in
            let token = caller.secret?.reveal() ?? ""
            request.query = (request.query.map { $0 + "&" } ?? "") + "access_token=\(token)"
        },
        asSession,
    ]

    private static func token(
        _ words: String, in header: String,
        _ value: @escaping @Sendable (_ caller: WalkCaller, _ token: String) -> String
    ) -> WalkPresentation {
        WalkPresentation(words: words) { caller, request in
            request.headers[header] = caller.secret.map { value(caller, $0.reveal()) }
        }
    }

    /// Those for which a route's answer has to be the same: at pages, which take no token, every one.
    static func all(of kind: CredentialKind, at row: RouteRow) -> [WalkPresentation] {
        kind.standing.isToken && row.access.isPage ? [usual] + others : [usual]
    }
}

/// How another site makes a browser send a request.
enum WalkForgery: Sendable {
    /// A form without the proof of its page.
    case unproven
    /// In a way that the browser tells.
    case crossSite

    var words: String { self == .unproven ? ", without the form's proof" : ", from another site" }

    /// Those that a route has to refuse: of every form, and of every change by the API with a session.
    static func all(of kind: CredentialKind, at row: RouteRow) -> [WalkForgery] {
        if row.isForm { return [.unproven, .crossSite] }
        let isChange = row.method != "GET" && row.access.takesSessions && kind.standing.isSession
        return isChange ? [.crossSite] : []
    }
}
