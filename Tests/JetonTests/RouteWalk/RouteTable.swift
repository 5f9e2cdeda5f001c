import Tokens

/// Every route of the server, with who is let in and what they get.
///
/// A new route takes one row here, and fails the walk without it. The request that the walk sends has to be valid, and
/// harmless or about something new, so that its answer differs from a refusal: `303`, `422` or `409` will do, `404`
/// will not. An exception is by the name of a kind of credential (``CredentialKind/all``).
enum RouteTable {
    static let rows =
        people + signIn + own + authorizations + tokens + requests + administration + stewardship + api
        + accounts + oversight
        + provisioning
        + programs

    /// What everybody can read.
    private static let people: [RouteRow] = [
        RouteRow("GET /assets/{name}", .anybody, path: ["name": "desk.css"]),
        RouteRow("GET /help", .anybody),
        RouteRow("GET /help/{guide}", .anybody, path: ["guide": "git"]),
        RouteRow("GET /api", .anybody),
        RouteRow("GET /api/{tag}", .anybody, path: ["tag": "tokens"]),
    ]

    private static let signedIn: [String: RouteAnswer] = [
        "a person's session": .leads("/tokens"), "an administrator's session": .leads("/tokens"),
    ]

    private static let signIn: [RouteRow] = [
        RouteRow("GET /", .anybody, but: signedIn),
        RouteRow("GET /sign-in", .anybody, but: signedIn),
        RouteRow("GET /login", .anybody, .leads("/")),
        // Longer than any password, so that none is checked.
        RouteRow(
            "POST /sign-in", .anybody, .status(422),
            form: ["login": "nobody", "password": String(repeating: "x", count: 2000)]),
        RouteRow("GET /welcome", .anybody, .status(404)),
        RouteRow("POST /welcome", .anybody, .status(404), form: ["code": "x"]),
        RouteRow("POST /sign-out", .person, .leads("/?signed-out")),
        // There is no such provider.
        RouteRow("GET /sign-in/oidc", .anybody, .status(502), but: signedIn),
        RouteRow("GET /sign-in/callback", .anybody, .status(400), but: signedIn),
        RouteRow("POST /sign-in/backchannel-logout", .anyProgram, .status(503), form: ["logout_token": "x"]),
    ]

    private static let own: [RouteRow] = [
        RouteRow("GET /account", .person),
        RouteRow(
            "POST /account/password", .person, .status(422), form: ["password": "a", "password-again": "b"]),
        RouteRow("POST /account/sign-out-everywhere", .person, .leads("/?signed-out")),
        RouteRow("POST /account/notices", .person, .leads("/account"), form: ["notice-expiring": "daily"]),
        RouteRow("GET /notices", .person),
        RouteRow("POST /notices/read", .person, .leads("/notices"), form: ["last": "x"]),
        // Whoever has the code of a digest ends it; there is none of that code.
        RouteRow("GET /notices/unsubscribe/{code}", .anybody, .status(404), path: ["code": "x"]),
        RouteRow("POST /notices/unsubscribe/{code}", .anyProgram, .status(404), path: ["code": "x"]),
    ]

    /// What programs ask people for. Nothing waits for anybody.
    private static let authorizations: [RouteRow] = [
        RouteRow("GET /oauth/authorize", .person, .status(400)),
        RouteRow("POST /oauth/authorize/answer", .person, .status(400), form: ["request": "x"]),
        RouteRow("GET /device", .person),
        RouteRow("POST /device", .person, .status(422), form: ["user_code": "x"]),
        RouteRow("POST /device/answer", .person, .status(422), form: ["user_code": "x"]),
        RouteRow("GET /oauth/login/{authorization}", .person, .status(409), path: ["authorization": nobody]),
        RouteRow("POST /oauth/login/{authorization}", .person, .status(409), path: ["authorization": nobody]),
    ]

    private static let nobody = AuthorizationID(number: 1 << 40).text

    /// My Tokens.
    private static let tokens: [RouteRow] = [
        RouteRow("GET /tokens", .person),
        RouteRow("POST /tokens", .person, .leads("/tokens/"), form: ["name": "{unique}"]),
        RouteRow("GET /tokens/new", .person),
        RouteRow("GET /decoys", .person),
        RouteRow("POST /decoys", .person, .leads("/decoys/"), form: ["name": "{unique}"]),
        RouteRow("GET /decoys/{id}/reveal", .person, .status(410)),
        RouteRow("POST /decoys/{id}/revoke", .person, .leads("/decoys")),
        RouteRow("GET /tokens/whose", .person),
        RouteRow("POST /tokens/whose", .person, form: ["text": "walk"]),
        RouteRow("GET /tokens/{id}", .person),
        RouteRow("GET /tokens/{id}/reveal", .person, .status(410)),
        RouteRow("GET /tokens/{id}/seen", .person),
        RouteRow("GET /tokens/{id}/edit", .person),
        RouteRow(
            "POST /tokens/{id}/edit", .person, .leads("/tokens/"),
            form: ["name": "{unique}", "scope.maven": "maven", "scope.git": "git"]),
        RouteRow("POST /tokens/{id}/narrow", .person, .leads("/tokens/"), form: ["scopes": "maven"]),
        RouteRow("GET /tokens/{id}/rotate", .person),
        RouteRow("POST /tokens/{id}/rotate", .person, .leads("/tokens/"), form: ["overlap": "24h"]),
        // An earlier address, which leads to the present one of any token.
        RouteRow("GET /tokens/{id}/regenerate", .person, .leads("/tokens/"), elsewhere: .leads("/tokens/")),
        RouteRow("GET /tokens/{id}/revoke", .person),
        RouteRow("POST /tokens/{id}/revoke", .person, .leads("/tokens/")),
        RouteRow("GET /tokens/{id}/end-previous", .person, .leads("/tokens/")),
        RouteRow("POST /tokens/{id}/end-previous", .person, .leads("/tokens/")),
        RouteRow("POST /tokens/{id}/pause", .person, .leads("/tokens/"), form: ["for": "1h"]),
        RouteRow("POST /tokens/{id}/resume", .person, .leads("/tokens/")),
        RouteRow("GET /tokens/{id}/hand-over", .person),
        // There is no such account.
        RouteRow("POST /tokens/{id}/hand-over", .person, .status(422), form: ["account": "bot-nobody"]),
    ]

    /// What stewards of service accounts see.
    private static let stewardship: [RouteRow] = [
        RouteRow("GET /accounts", .person),
        RouteRow("GET /accounts/{id}", .person),
        RouteRow("GET /accounts/{id}/new", .person),
        RouteRow("GET /accounts/{id}/webhook", .person),
        RouteRow("POST /accounts/{id}/webhook", .person, .status(422), form: ["url": "https://walk.example"]),
        RouteRow("POST /accounts/{id}/webhook/remove", .person, .leads("/accounts/")),
        RouteRow("GET /accounts/{id}/trust", .attending),
        RouteRow(
            "POST /accounts/{id}/trust", .attending, .status(422),
            form: ["name": "{unique}", "issuer": "nobody", "claims": "sub = x", "lifetime": "15m"]),
        RouteRow("POST /accounts/{id}/trust/test", .attending, .status(422), form: ["identity": "x"]),
        RouteRow(
            "POST /accounts/{id}/trust/{rule}/remove", .attending, .leads("/accounts/"),
            path: ["rule": "0000000000000"]),
        RouteRow(
            "POST /accounts/{id}/tokens", .person, .leads("/tokens/"), form: ["name": "{unique}"]),
    ]

    /// More than a word may have, so that nothing is decided.
    private static let longWord = String(repeating: "x", count: 600)

    /// Requests for approval, on pages and by the API.
    private static let requests: [RouteRow] = [
        RouteRow("GET /requests", .person),
        RouteRow("GET /requests/{id}", .person),
        RouteRow(
            "POST /requests/{id}/decide", .person, .status(422),
            form: ["decision": "approve", "word": longWord]),
        RouteRow("POST /requests/{id}/withdraw", .person, .leads("/requests/")),
        // Nobody has approved it yet.
        RouteRow("POST /requests/{id}/token", .person, .status(409)),
        RouteRow("GET /api/v1/requests", .managing),
        // It needs no approval here.
        RouteRow(
            "POST /api/v1/requests", .managing, .problem(422, "invalid-fields"),
            json: #"{"name":"{unique}","reason":"walk"}"#),
        RouteRow("GET /api/v1/requests/{id}", .managing),
        // No token decides, and nobody their own.
        RouteRow(
            "POST /api/v1/requests/{id}/approve", .managing, .problem(403, "forbidden"), json: "{}"),
        RouteRow("POST /api/v1/requests/{id}/deny", .managing, .problem(403, "forbidden"), json: "{}"),
        RouteRow("POST /api/v1/requests/{id}/withdraw", .managing, json: "{}"),
        RouteRow(
            "POST /api/v1/requests/{id}/token", .managing, .problem(409, "request-settled"), json: "{}"),
        RouteRow("GET /api/v1/decoys", .managing),
        RouteRow("POST /api/v1/decoys", .managing, .status(201), json: #"{"name":"{unique}"}"#),
        RouteRow("DELETE /api/v1/decoys/{id}", .managing, .status(204)),
    ]

    private static let administration: [RouteRow] = [
        RouteRow("GET /admin/accounts", .administrator),
        RouteRow(
            "POST /admin/accounts", .administrator, .leads("/admin/accounts/"),
            form: ["login": "bot-{unique}", "purpose": "Walks", "owners": "walkers"]),
        RouteRow("GET /admin/accounts/new", .administrator),
        RouteRow("GET /admin/accounts/{id}", .administrator),
        RouteRow(
            "POST /admin/accounts/{id}", .administrator, .leads("/admin/accounts/"),
            form: ["purpose": "Walks on", "owners": "walkers"]),
        RouteRow("GET /admin/accounts/{id}/suspend", .administrator),
        RouteRow("POST /admin/accounts/{id}/suspend", .administrator, .leads("/admin/accounts/")),
        RouteRow("POST /admin/accounts/{id}/resume", .administrator, .leads("/admin/accounts/")),
        RouteRow("GET /admin/accounts/{id}/remove", .administrator),
        RouteRow("POST /admin/accounts/{id}/remove", .administrator, .leads("/admin/accounts")),
        RouteRow("GET /admin", .administrator),
        RouteRow("GET /admin/notices", .administrator),
        RouteRow("POST /admin/notices/send-again", .administrator, .leads("/admin/notices")),
        RouteRow(
            "POST /admin/notices/enable", .administrator, .leads("/admin/notices"),
            form: ["name": "webhook/x"]),
        RouteRow("GET /admin/events", .administrator),
        RouteRow("GET /admin/events.csv", .administrator),
        RouteRow("GET /admin/events.jsonl", .administrator),
        RouteRow("GET /admin/passwords", .administrator),
        RouteRow("GET /admin/passwords.csv", .administrator),
        RouteRow("GET /admin/policy", .administrator),
        RouteRow("GET /admin/policy.csv", .administrator),
        RouteRow("GET /admin/decoys", .administrator),
        RouteRow("POST /admin/decoys/{id}/revoke", .administrator, .leads("/admin/decoys")),
        RouteRow("GET /admin/whose/file", .administrator, .leads("/admin/whose")),
        RouteRow("POST /admin/whose/file", .administrator, .status(422), form: ["file": "none"]),
        RouteRow("GET /admin/whose", .administrator),
        RouteRow("POST /admin/whose", .administrator, form: ["text": "walk"]),
        RouteRow("GET /admin/tokens", .administrator),
        RouteRow("GET /admin/tokens.csv", .administrator),
        RouteRow("GET /admin/bulk", .administrator, .leads("/admin/tokens")),
        RouteRow("POST /admin/bulk", .administrator, .status(422)),
        RouteRow("GET /admin/bulk/{selection}", .administrator),
        RouteRow(
            "POST /admin/bulk/{selection}", .administrator, .leads("/admin/tokens"), form: ["act": "pause"]),
        RouteRow("GET /admin/incidents", .administrator),
        RouteRow("GET /admin/incidents/{number}", .administrator),
        RouteRow(
            "POST /admin/incidents/{number}/change", .administrator, .leads("/admin/incidents/"),
            form: ["act": "release", "all": "yes"]),
        RouteRow("POST /admin/incidents/{number}/close", .administrator, .status(409)),
        RouteRow("GET /admin/tokens/{id}", .administrator),
        RouteRow("GET /admin/tokens/{id}/revoke", .administrator),
        RouteRow("POST /admin/tokens/{id}/revoke", .administrator, .leads("/admin/tokens/")),
        RouteRow("GET /admin/tokens/{id}/end-previous", .administrator, .leads("/admin/tokens/")),
        RouteRow("POST /admin/tokens/{id}/end-previous", .administrator, .leads("/admin/tokens/")),
        RouteRow(
            "POST /admin/tokens/{id}/pause", .administrator, .leads("/admin/tokens/"), form: ["for": "1h"]),
        RouteRow("POST /admin/tokens/{id}/resume", .administrator, .leads("/admin/tokens/")),
        RouteRow("GET /admin/tokens/{id}/hand-over", .administrator),
        RouteRow(
            "POST /admin/tokens/{id}/hand-over", .administrator, .status(422), form: ["account": "bot-nobody"]
        ),
        RouteRow("GET /admin/people", .administrator),
        RouteRow(
            "POST /admin/people", .administrator, .leads("/admin/people?invited="),
            form: ["login": "{unique}"]),
        RouteRow("GET /admin/people/{id}", .administrator),
        RouteRow(
            "POST /admin/people/{id}/groups", .administrator, .leads("/admin/people/"),
            form: ["groups": "dev"]),
        RouteRow("GET /admin/people/{id}/promote", .administrator),
        RouteRow("POST /admin/people/{id}/promote", .administrator, .leads("/admin/people/")),
        RouteRow("GET /admin/people/{id}/demote", .administrator),
        RouteRow("POST /admin/people/{id}/demote", .administrator, .leads("/admin/people/")),
        RouteRow("POST /admin/people/{id}/invite", .administrator, .leads("/admin/people/")),
        RouteRow("GET /admin/people/{id}/suspend", .administrator),
        RouteRow("POST /admin/people/{id}/suspend", .administrator, .leads("/admin/people/")),
        RouteRow("POST /admin/people/{id}/resume", .administrator, .leads("/admin/people/")),
        RouteRow("GET /admin/people/{id}/release-identity", .administrator),
        RouteRow("POST /admin/people/{id}/release-identity", .administrator, .leads("/admin/people/")),
        RouteRow("GET /admin/people/{id}/edit", .administrator),
        RouteRow(
            "POST /admin/people/{id}/edit", .administrator, .leads("/admin/people/"),
            form: ["login": "{unique}", "name": "Walker", "email": ""]),
        RouteRow(
            "POST /admin/people/{id}/end-session", .administrator, .leads("/admin/people/"),
            form: ["session": "0000000000000"]),
        RouteRow("POST /admin/people/{id}/end-sessions", .administrator, .leads("/admin/people/")),
        RouteRow("GET /admin/people/{id}/remove", .administrator),
        RouteRow(
            "POST /admin/people/{id}/remove", .administrator, .status(422), form: ["login": "somebody else"]),
    ]

    private static let api: [RouteRow] = [
        RouteRow("GET /api/v1/openapi.json", .anyProgram),
        RouteRow("GET /api/v1/me", .known),
        RouteRow("GET /api/v1/services", .known),
        RouteRow("GET /api/v1/events", .auditing),
        RouteRow("GET /api/v1/changes/{number}", .known, path: ["number": "0"]),
        RouteRow("GET /api/v1/tokens", .managing),
        RouteRow("POST /api/v1/tokens", .managing, .status(201), json: #"{"name":"{unique}"}"#),
        RouteRow("GET /api/v1/tokens/{id}", .itself),
        RouteRow("PATCH /api/v1/tokens/{id}", .managing, json: #"{"description":"walked"}"#),
        // A previous secret ends itself alone.
        RouteRow(
            "DELETE /api/v1/tokens/{id}", .itself, .status(204), but: ["a previous secret": .status(204)]),
        RouteRow("GET /api/v1/tokens/{id}/previous-secret", .itself, .problem(404, "no-previous-secret")),
        RouteRow("DELETE /api/v1/tokens/{id}/previous-secret", .itself, .status(204)),
        RouteRow("POST /api/v1/tokens/{id}/pause", .managing, json: #"{"seconds":60}"#),
        RouteRow("POST /api/v1/tokens/{id}/resume", .managing, json: "{}"),
        RouteRow(
            "POST /api/v1/tokens/{id}/hand-over", .signedIn, .status(422), json: #"{"account":"bot-nobody"}"#),
        RouteRow("POST /api/v1/tokens/{id}/rotate", .itselfRotating, .status(201), json: "{}"),
        RouteRow("POST /api/v1/tokens/{id}/regenerate", .managing, .status(201), json: "{}"),
        RouteRow(
            "GET /nuxeo/authentication/token", .exchanging, .status(201),
            query: "applicationName=walk&deviceId={unique}&permission=rw",
            but: ["a token that was got for another": .status(403)], changes: true),
    ]

    private static let accounts: [RouteRow] = [
        RouteRow("GET /api/v1/accounts", .stewarding),
        RouteRow(
            "POST /api/v1/accounts", .administering, .status(201),
            json: #"{"login":"bot-{unique}","purpose":"walks","owners":["build-team"]}"#),
        RouteRow("GET /api/v1/accounts/{login}", .stewarding),
        RouteRow("PATCH /api/v1/accounts/{login}", .administering, json: #"{"purpose":"walks on"}"#),
        RouteRow("DELETE /api/v1/accounts/{login}", .administering, .status(204)),
        RouteRow("GET /api/v1/accounts/{login}/tokens", .stewarding),
        RouteRow(
            "POST /api/v1/accounts/{login}/tokens", .stewarding, .status(201), json: #"{"name":"{unique}"}"#),
        RouteRow("GET /api/v1/accounts/{login}/trust", .stewarding),
        RouteRow(
            "POST /api/v1/accounts/{login}/trust", .stewarding, .problem(422, "invalid-fields"),
            json: #"{"name":"{unique}","issuer":"nobody","claims":{"sub":"x"}}"#),
        RouteRow(
            "POST /api/v1/accounts/{login}/trust/test", .stewarding, .problem(422, "invalid-fields"),
            json: #"{"identity":"x"}"#),
        RouteRow(
            "DELETE /api/v1/accounts/{login}/trust/{id}", .stewarding, .problem(404, "no-such-rule"),
            path: ["id": "0000000000000"]),
    ]

    /// The administration API.
    private static let oversight: [RouteRow] = [
        RouteRow("GET /api/v1/admin/people", .auditing),
        RouteRow("GET /api/v1/admin/people/{login}", .auditing),
        RouteRow("PATCH /api/v1/admin/people/{login}", .overseeing, json: #"{"name":"Walker"}"#),
        RouteRow("GET /api/v1/admin/people/{login}/sessions", .auditing),
        RouteRow("DELETE /api/v1/admin/people/{login}/sessions", .overseeing),
        RouteRow(
            "DELETE /api/v1/admin/people/{login}/sessions/{id}", .overseeing,
            .problem(404, "no-such-session"),
            path: ["id": "0000000000000"]),
        RouteRow("POST /api/v1/admin/people/{login}/suspend", .overseeing, json: "{}"),
        RouteRow("POST /api/v1/admin/people/{login}/resume", .overseeing, json: "{}"),
        RouteRow("POST /api/v1/admin/people/{login}/groups", .overseeing, json: #"{"add":["dev"]}"#),
        RouteRow("GET /api/v1/admin/accounts", .auditing),
        RouteRow(
            "POST /api/v1/admin/accounts", .overseeing, .status(201),
            json: #"{"login":"bot-{unique}","purpose":"walks","owners":["build-team"]}"#),
        RouteRow("GET /api/v1/admin/accounts/{login}", .auditing),
        RouteRow("PATCH /api/v1/admin/accounts/{login}", .overseeing, json: #"{"purpose":"walks on"}"#),
        RouteRow("DELETE /api/v1/admin/accounts/{login}", .overseeing),
        RouteRow("POST /api/v1/admin/accounts/{login}/suspend", .overseeing, json: "{}"),
        RouteRow("POST /api/v1/admin/accounts/{login}/resume", .overseeing, json: "{}"),
        RouteRow("GET /api/v1/admin/tokens", .auditing, query: "state=all&limit=2&sort=name"),
        RouteRow("GET /api/v1/admin/tokens/{id}", .auditing),
        RouteRow("PATCH /api/v1/admin/tokens/{id}", .overseeing, json: #"{"description":"walked"}"#),
        RouteRow("DELETE /api/v1/admin/tokens/{id}", .overseeing),
        RouteRow("DELETE /api/v1/admin/tokens/{id}/previous-secret", .overseeing),
        RouteRow("POST /api/v1/admin/tokens/{id}/pause", .overseeing, json: #"{"seconds":60}"#),
        RouteRow("POST /api/v1/admin/tokens/{id}/resume", .overseeing, json: "{}"),
        RouteRow("GET /api/v1/admin/requests", .auditing),
        RouteRow("GET /api/v1/admin/requests/{id}", .auditing),
        RouteRow(
            "POST /api/v1/admin/requests/{id}/approve", .overseeing, .problem(422, "invalid-fields"),
            json: #"{"word":"\#(longWord)"}"#),
        RouteRow(
            "POST /api/v1/admin/requests/{id}/deny", .overseeing, .problem(422, "invalid-fields"),
            json: #"{"word":"\#(longWord)"}"#),
        RouteRow(
            "POST /api/v1/admin/selections", .overseeing, .problem(422, "invalid-fields"), json: "{}"),
        RouteRow("GET /api/v1/admin/selections/{selection}", .overseeing),
        RouteRow("POST /api/v1/admin/selections/{selection}/pause", .overseeing, json: "{}"),
        RouteRow("POST /api/v1/admin/selections/{selection}/notify", .overseeing, json: #"{"reason":"r"}"#),
        RouteRow("POST /api/v1/admin/selections/{selection}/revoke", .overseeing, json: "{}"),
        RouteRow("GET /api/v1/admin/notices", .auditing),
        RouteRow("POST /api/v1/admin/notices/send-again", .overseeing, json: "{}"),
        RouteRow("POST /api/v1/admin/notices/test", .overseeing, .status(422), json: "{}"),
        RouteRow("POST /api/v1/admin/notices/enable", .overseeing, json: #"{"name":"webhook/x"}"#),
        RouteRow("GET /api/v1/admin/incidents", .auditing),
        RouteRow(
            "POST /api/v1/admin/incidents", .overseeing, .problem(404, "no-such-selection"),
            json: #"{"title":"Walk","selection":"0000000000000"}"#),
        RouteRow("GET /api/v1/admin/incidents/{number}", .auditing),
        RouteRow("GET /api/v1/admin/incidents/{number}/tokens", .auditing),
        RouteRow("POST /api/v1/admin/incidents/{number}/release", .overseeing, json: #"{"all":true}"#),
        RouteRow("POST /api/v1/admin/incidents/{number}/revoke", .overseeing, json: #"{"all":true}"#),
        RouteRow(
            "POST /api/v1/admin/incidents/{number}/close", .overseeing,
            .problem(409, "incident-has-pauses"), json: "{}"),
        RouteRow("GET /api/v1/admin/trust", .auditing),
        RouteRow(
            "POST /api/v1/admin/trust", .overseeing, .problem(404, "no-such-person"),
            json: #"{"account":"nowhere","name":"{unique}","issuer":"nobody"}"#),
        RouteRow(
            "POST /api/v1/admin/trust/test", .auditing, .problem(422, "invalid-fields"),
            json: #"{"identity":"x"}"#, changes: false),
        RouteRow(
            "DELETE /api/v1/admin/trust/{id}", .overseeing, .problem(404, "no-such-rule"),
            path: ["id": "0000000000000"]),
        RouteRow("GET /api/v1/admin/policy", .auditing),
        RouteRow("POST /api/v1/admin/policy/check", .auditing, json: "{}", changes: false),
        RouteRow("POST /api/v1/admin/state/plan", .overseeing, json: "{}", changes: false),
    ]

    private static let provisioning: [RouteRow] = [
        RouteRow("GET /scim/v2/ServiceProviderConfig", .provisioning),
        RouteRow("GET /scim/v2/ResourceTypes", .provisioning),
        RouteRow("GET /scim/v2/ResourceTypes/{name}", .provisioning, path: ["name": "User"]),
        RouteRow("GET /scim/v2/Schemas", .provisioning),
        RouteRow(
            "GET /scim/v2/Schemas/{name}", .provisioning,
            path: ["name": "urn:ietf:params:scim:schemas:core:2.0:User"]),
        RouteRow("POST /scim/v2/.search", .provisioning, json: "{}"),
        RouteRow("GET /scim/v2/Users", .provisioning),
        RouteRow("POST /scim/v2/Users/.search", .provisioning, json: "{}"),
        RouteRow("POST /scim/v2/Users", .provisioning, .status(201), json: #"{"userName":"{unique}"}"#),
        RouteRow("GET /scim/v2/Users/{id}", .provisioning),
        RouteRow("PUT /scim/v2/Users/{id}", .provisioning, json: #"{"userName":"{unique}"}"#),
        RouteRow(
            "PATCH /scim/v2/Users/{id}", .provisioning,
            json: #"{"Operations":[{"op":"replace","path":"active","value":false}]}"#),
        RouteRow("DELETE /scim/v2/Users/{id}", .provisioning, .status(204)),
        RouteRow("GET /scim/v2/Groups", .provisioning),
        RouteRow("POST /scim/v2/Groups/.search", .provisioning, json: "{}"),
        RouteRow("POST /scim/v2/Groups", .provisioning, .status(201), json: #"{"displayName":"{unique}"}"#),
        RouteRow("GET /scim/v2/Groups/{id}", .provisioning),
        RouteRow("PUT /scim/v2/Groups/{id}", .provisioning, json: #"{"displayName":"{unique}"}"#),
        RouteRow(
            "PATCH /scim/v2/Groups/{id}", .provisioning,
            json: #"{"Operations":[{"op":"replace","path":"displayName","value":"{unique}"}]}"#),
        RouteRow("DELETE /scim/v2/Groups/{id}", .provisioning, .status(204)),
    ]

    /// What proxies, services and monitoring ask.
    private static let programs: [RouteRow] = [
        RouteRow("* /verify/{service}", .verifying, path: ["service": "maven"]),
        RouteRow("POST /oauth/introspect", .service, form: ["token": "x"]),
        RouteRow("POST /oauth/revoke", .serviceOrAnybody, form: ["token": "x"]),
        RouteRow("GET /.well-known/oauth-authorization-server", .anyProgram),
        RouteRow("POST /oauth/token", .anyProgram, .status(400), form: ["grant_type": "password"]),
        // There is no such client.
        RouteRow(
            "POST /oauth/device", .anyProgram, .status(401), form: ["client_id": "nobody"],
            but: ["a service's secret": .status(400)]),
        // Off unless the operator says otherwise.
        RouteRow(
            "POST /oauth/register", .anyProgram, .status(201),
            json: #"{"redirect_uris":["http://127.0.0.1/"]}"#),
        RouteRow("GET /oauth/protected-resource/{service}", .anyProgram, path: ["service": "git"]),
        RouteRow("GET /oauth/protected-resource/{service}/**", .anyProgram, path: ["service": "git"]),
        RouteRow("POST /leaks", .reporting, json: "[]"),
        // By GitLab's secret, which is none here.
        RouteRow("GET /leaks/types", .anyProgram, .status(401)),
        // By a signature, which no credential of the desk replaces.
        RouteRow("POST /signals", .anyProgram, .status(400), json: "{}"),
        RouteRow("GET /healthz", .anyProgram),
        RouteRow("GET /readyz", .anyProgram),
        // By address alone.
        RouteRow("GET /metrics", .anyProgram),
    ]
}
