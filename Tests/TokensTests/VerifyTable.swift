import Tokens

/// The rows: each presents a credential, and names what differs from the usual setting.
extension VerifyTableTests {
    static let rows: [Row] = [
        Row("nothing", .noCredentials) { $0.headers = [] },
        Row("other headers alone", .noCredentials) { $0.headers = [("Cookie", Known.token)] },
        Row("an empty Authorization", .noCredentials) { $0.headers = [("Authorization", " \t ")] },

        Row("nothing, reading where everybody may") {
            ($0.headers, $0.isOpen, $0.isNobody) = ([], true, true)
        },
        Row("an empty Authorization, reading where everybody may") {
            ($0.headers, $0.isOpen, $0.isNobody) = ([("Authorization", " ")], true, true)
        },
        Row("nothing, reading where everybody may, in no group of the service") {
            ($0.headers, $0.isOpen, $0.isNobody, $0.servesGroups) = ([], true, true, ["ops"])
        },
        Row("nothing, reading where everybody may while tokens are being read") {
            ($0.headers, $0.isOpen, $0.isNobody, $0.isWhole) = ([], true, true, false)
        },
        Row("nothing, writing where everybody may read", .noCredentials) {
            ($0.headers, $0.isOpen, $0.access) = ([], true, .write)
        },
        Row("nothing, where everybody may read, without a target", .noCredentials) {
            ($0.headers, $0.isOpen, $0.path) = ([], true, nil)
        },
        Row("nothing, where everybody may read, with an ambiguous target", .noCredentials) {
            ($0.headers, $0.isOpen, $0.path) = ([], true, "")
        },
        Row("a token, reading where everybody may") { $0.isOpen = true },
        Row("a revoked token, reading where everybody may", .revoked) {
            ($0.isOpen, $0.isRevoked) = (true, true)
        },
        Row("a password, reading where everybody may", .notAToken) {
            ($0.headers, $0.isOpen) = ([("Authorization", basic("alice:correct horse"))], true)
        },
        Row("an unknown token, reading where everybody may", .unknownToken) {
            ($0.isOpen, $0.isKnown) = (true, false)
        },
        Row("a token without the scope, reading where everybody may", .insufficientScope) {
            ($0.isOpen, $0.scopes) = (true, "git")
        },
        Row("two different tokens, reading where everybody may", .severalCredentials) {
            $0.headers.append(("Private-Token", Known.other))
            $0.isOpen = true
        },

        Row("Basic with the owner's login") { $0.authorization = basic("Alice:\(Known.token)") },
        Row("Basic with the login in other case") { $0.authorization = basic("aLICE:\(Known.token)") },
        Row("Basic with the owner's e-mail") { $0.authorization = basic("alice@example.COM:\(Known.token)") },
        Row("Basic with an empty login") { $0.authorization = basic(":\(Known.token)") },
        Row("Basic with __token__") { $0.authorization = basic("__token__:\(Known.token)") },
        Row("Basic with token") { $0.authorization = basic("token:\(Known.token)") },
        Row("Basic with oauth2") { $0.authorization = basic("oauth2:\(Known.token)") },
        Row("Basic with x-access-token") { $0.authorization = basic("x-access-token:\(Known.token)") },
        Row("Basic with somebody else's login", .wrongLogin) {
            $0.authorization = basic("bob:\(Known.token)")
        },
        Row("Basic with the login and a blank", .wrongLogin) {
            $0.authorization = basic("Alice :\(Known.token)")
        },
        Row("Basic token:") { $0.authorization = basic("\(Known.token):") },
        Row("Basic token:x-oauth-basic") { $0.authorization = basic("\(Known.token):x-oauth-basic") },
        Row("Basic token:anything else", .tokenInText) { $0.authorization = basic("\(Known.token):x") },

        Row("Bearer token"),
        Row("bearer in lower case") { $0.authorization = "bearer \(Known.token)" },
        Row("token token") { $0.authorization = "token \(Known.token)" },
        Row("the bare token") { $0.authorization = Known.token },
        Row("X-Authentication-Token") { $0.headers = [("X-Authentication-Token", Known.token)] },
        Row("Private-Token") { $0.headers = [("PRIVATE-TOKEN", Known.token)] },

        Row("two different tokens", .severalCredentials) {
            $0.headers.append(("Private-Token", Known.other))
        },
        Row("a token and a password", .severalCredentials) {
            $0.headers.append(("Authorization", basic("alice:secret")))
        },
        Row("one token twice") { $0.headers.append(("Private-Token", Known.token)) },

        Row("a password", .notAToken) { $0.authorization = basic("alice:correct horse") },
        Row("a token with a typing error", .brokenToken) {
            $0.authorization = "Bearer \(Known.token.dropLast())3"
        },
        Row("an unknown scheme", .notAToken) { $0.authorization = "Negotiate YII=" },

        Row("an unknown token", .unknownToken) { $0.isKnown = false },
        Row("one that is not known while tokens are being read", .starting) {
            $0.isKnown = false
            $0.isWhole = false
        },
        Row("one that is known already while tokens are being read") { $0.isWhole = false },
        Row("a token in quotes", .tokenInText) { $0.authorization = "Bearer \"\(Known.token)\"" },
        Row("a typing error while tokens are being read", .brokenToken) {
            $0.authorization = "Bearer \(Known.token.dropLast())3"
            $0.isWhole = false
        },
        Row("a revoked token", .revoked) { $0.isRevoked = true },
        Row("an expired token", .expired) { $0.expiresAt = now - .seconds(1) },
        Row("a token in the moment of its expiry", .expired) { $0.expiresAt = now },
        Row("a token a millisecond before its expiry") { $0.expiresAt = now + TimeSpan(milliseconds: 1) },
        Row("the owner suspended", .ownerSuspended) { $0.isSuspended = true },
        Row("revoked and expired: the revocation is reported, not the expiry", .revoked) {
            $0.isRevoked = true
            $0.expiresAt = now
        },
        Row("the owner's account deleted: its tokens will not be good again", .revoked) { $0.isEnded = true },
        Row("the owner suspended, and the account deleted", .revoked) {
            ($0.isEnded, $0.isSuspended) = (true, true)
        },
        Row("a suspended owner's token without the scope", .ownerSuspended) {
            $0.isSuspended = true
            $0.scopes = "git"
        },

        Row("an owner who signed in a year ago, without a sign-in policy") { $0.signedIn = .days(365) },
        Row("an owner whose sign-in is a span ago", .signInNeeded) {
            ($0.signedIn, $0.policy) = (.days(30), .days(30))
        },
        Row("an owner whose sign-in is a second less than a span ago") {
            ($0.signedIn, $0.policy) = (.days(30) + .seconds(-1), .days(30))
        },
        Row("an owner whom no provider signs in, with a sign-in policy") { $0.policy = .days(30) },
        Row("dormant and revoked: signing in would not help", .revoked) {
            ($0.signedIn, $0.policy, $0.isRevoked) = (.days(31), .days(30), true)
        },
        Row("dormant and suspended: signing in would not help", .ownerSuspended) {
            ($0.signedIn, $0.policy, $0.isSuspended) = (.days(31), .days(30), true)
        },

        Row("no scopes, writing") { $0.access = .write },
        Row("maven, writing") { ($0.scopes, $0.access) = ("maven", .write) },
        Row("maven:write, reading") { ($0.scopes, $0.access) = ("maven:write", .read) },
        Row("maven:read, reading") { ($0.scopes, $0.access) = ("maven:read", .read) },
        Row("maven:read, writing", .insufficientScope) {
            ($0.scopes, $0.access) = ("maven:read", .write)
        },
        Row("git, reading maven", .insufficientScope) { $0.scopes = "git" },
        Row("jeton:manage, reading maven", .insufficientScope) { $0.scopes = "jeton:manage" },

        Row("a path, below it") { ($0.scopes, $0.access) = ("maven:write:/team/app.git", .write) },
        Row("a path, beside it", .insufficientScope) { $0.scopes = "maven:/team/app" },
        Row("a path, without a target", .insufficientScope) { ($0.scopes, $0.path) = ("maven:/team", nil) },
        Row("a path, with an ambiguous target", .insufficientScope) {
            ($0.scopes, $0.path) = ("maven:/team", "/team/x/%2e%2e/y")
        },

        Row("from an address that it is bound to") { $0.addresses = ["10.0.0.0/8", "192.0.2.7"] },
        Row("from another address", .addressNotAllowed) { $0.addresses = ["10.0.0.0/8", "192.0.2.8/31"] },
        Row("bound, and from an unknown address", .addressNotAllowed) {
            ($0.addresses, $0.client) = (["0.0.0.0/0", "::/0"], nil)
        },
        Row("not bound, and from an unknown address") { $0.client = nil },
        Row("bound in IPv4, from the same in IPv6") {
            ($0.addresses, $0.client) = (["192.0.2.0/24"], "::ffff:192.0.2.7")
        },
        Row("bound in mapped IPv6, from the same in IPv4") { $0.addresses = ["::ffff:192.0.2.0/120"] },

        Row("an owner in a group of the service") {
            ($0.servesGroups, $0.ownersGroups) = (["ops", "dev"], ["staff", "dev"])
        },
        Row("an owner in none", .notEntitled) {
            ($0.servesGroups, $0.ownersGroups) = (["dev"], ["Dev", "staff"])
        },
        Row("an owner in no group at all", .notEntitled) { $0.servesGroups = ["dev"] },
        Row("groups where the service asks for none") { $0.ownersGroups = ["dev"] },

        Row("the owner suspended is reported before the login", .ownerSuspended) {
            $0.authorization = basic("bob:\(Known.token)")
            $0.isSuspended = true
        },
        Row("the login is reported before the address", .wrongLogin) {
            $0.authorization = basic("bob:\(Known.token)")
            $0.addresses = ["10.0.0.0/8"]
        },
        Row("the address is reported before the groups", .addressNotAllowed) {
            ($0.addresses, $0.servesGroups) = (["10.0.0.0/8"], ["dev"])
        },
        Row("the groups are reported before the scope", .notEntitled) {
            ($0.servesGroups, $0.scopes) = (["dev"], "git")
        },

        Row("a token that breaks a rule, which is only counted") { $0.rules.needsAddresses = true },
        Row("a token that breaks a rule from tomorrow on") {
            ($0.rules.needsAddresses, $0.rules.enforceFrom) = (true, now + .days(1))
        },
        Row("a token that breaks a rule from now on", .policy) {
            ($0.rules.needsAddresses, $0.rules.enforceFrom) = (true, now)
        },
        Row("a token for every service, where that is refused", .policy) {
            ($0.rules.refusesEveryService, $0.rules.enforceFrom) = (true, now - .days(9))
        },
        Row("a token whose secret is too old", .policy) {
            ($0.rules.maxLifetime, $0.rules.enforceFrom) = (.days(1), now - .days(9))
        },
        Row("a token whose secret is not too old yet") {
            ($0.rules.maxLifetime, $0.rules.enforceFrom) = (.days(2), now - .days(9))
        },
        Row("a token whose secret will be too old before it expires") {
            ($0.rules.maxLifetime, $0.rules.enforceFrom) = (.days(300), now - .days(9))
            $0.expiresAt = now + .days(350)
        },
        Row("a token that is not narrowed, where that is required", .policy) {
            ($0.rules.needsPaths, $0.rules.enforceFrom) = (true, now)
            ($0.scopes, $0.servesPaths) = ("maven", ["/*/*"])
        },
        Row("a narrowed token, where that is required") {
            ($0.rules.needsPaths, $0.rules.enforceFrom) = (true, now)
            ($0.scopes, $0.servesPaths) = ("maven:/team/app.git", ["/*/*"])
        },
        Row("an expired token that breaks a rule", .expired) {
            ($0.rules.needsAddresses, $0.rules.enforceFrom, $0.expiresAt) = (true, now, now)
        },
        Row("a token without the scope that breaks a rule", .insufficientScope) {
            ($0.rules.needsAddresses, $0.rules.enforceFrom, $0.scopes) = (true, now, "git")
        },
        Row("a token that may only read and breaks a rule, writing", .insufficientScope) {
            ($0.rules.needsAddresses, $0.rules.enforceFrom, $0.scopes) = (true, now, "maven:read")
            $0.access = .write
        },
    ]
}

extension VerifyTableTests.Row {
    /// Sets the one header `Authorization`.
    fileprivate var authorization: String {
        get { headers.first?.1 ?? "" }
        set { headers = [("Authorization", newValue)] }
    }
}
