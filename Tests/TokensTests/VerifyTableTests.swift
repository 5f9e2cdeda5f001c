import Testing
import Tokens

/// The rows of the table in `docs/tokens.md`: what a request presents, and what it is told.
@Suite("The verify table")
struct VerifyTableTests {
    /// One request: its headers, and how the house stands.
    struct Row: CustomTestStringConvertible, Sendable {
        let testDescription: String
        var headers: [(String, String)] = [("Authorization", "Bearer \(Known.token)")]
        var scopes = ""
        var access = Access.read
        var isKnown = true
        /// Whether all tokens have been read.
        var isWhole = true
        var isRevoked = false
        var expiresAt: Timestamp?
        var isSuspended = false
        /// Whether the owner's account was deleted.
        var isEnded = false
        var path: String? = "/team/app.git/x"
        var addresses: [String] = []
        var client: String? = "192.0.2.7"
        var servesGroups: [String] = []
        var ownersGroups: [String] = []
        /// How long ago the provider signed the owner in, where it did, and how often it has to.
        var signedIn: TimeSpan?
        var policy: TimeSpan?
        /// Whether everybody may read.
        var isOpen = false
        /// Whether it passes as nobody.
        var isNobody = false
        let denial: Denial?

        init(_ says: String, _ denial: Denial? = nil, _ change: (inout Row) -> Void = { _ in }) {
            testDescription = says
            self.denial = denial
            change(&self)
        }
    }

    private func holder(_ row: Row) throws -> Verdict.Holder {
        let scopes = try #require(Scopes(text: row.scopes))
        let kept = try token(
            scopes: scopes, addresses: row.addresses.map { try #require(AddressRange($0)) },
            expiresAt: row.expiresAt, revoked: row.isRevoked)
        let policy = row.policy.map { SignInPolicy(every: $0, since: now - .days(400)) }
        return Verdict.Holder(token: kept.record, owner: try owner(row), policy: policy)
    }

    private func service(_ row: Row) throws -> Service {
        Service(name: try ServiceName("maven"), groups: row.servesGroups, allowsAnonymousReads: row.isOpen)
    }

    private func verdict(of row: Row, at now: Timestamp = now) throws -> Verdict {
        let credential = presented(row.headers.map { ($0.0, Array($0.1.utf8)) })
        let isFound = row.isKnown && credential.digest == digest(Known.token)
        let missing = row.isWhole ? KnownToken.unknown : .unread
        let path = row.path.map { Array($0.utf8) }
        let service = try service(row)
        let token = isFound ? KnownToken.kept(try holder(row)) : missing
        let request = ServiceRequest(
            row.access, from: row.client.flatMap { IPAddress($0) }, original: path?.span, forwarded: nil,
            rest: nil)
        return Verdict.judge(credential, token: token, service: service, request: request, at: now)
    }

    private func owner(_ row: Row) throws -> Subject {
        var owner = try alice(groups: row.ownersGroups, suspendedAt: row.isSuspended ? now : nil)
        owner.lastSignInAt = row.signedIn.map { now - $0 }
        owner.endedAt = row.isEnded ? now : nil
        return owner
    }

    @Test("each row is answered as written", arguments: rows)
    func table(row: Row) throws {
        let expected: Verdict =
            try row.isNobody
            ? .anonymous : row.denial.map { .denial($0) } ?? .grant(owner(row), TokenID(number: 2))
        #expect(try verdict(of: row) == expected)
    }

    @Test("until when a token stands, it passes whatever is asked, and then no more", arguments: rows)
    func standing(row: Row) throws {
        let moments = [
            now - .days(1), now, now + TimeSpan(milliseconds: 1), now + .minutes(1), now + .days(100),
        ]
        for access in Access.allCases {
            let standing = try holder(row).standing(access, at: try service(row), now: now)
            for path in [row.path, "/", nil] {
                for client in [row.client, "2001:db8::1", nil] {
                    var plain = row
                    (plain.headers, plain.isKnown, plain.isWhole) = (Row("").headers, true, true)
                    (plain.access, plain.path, plain.client) = (access, path, client)
                    let passes = try moments.filter { try verdict(of: plain, at: $0).isGrant }
                    if let standing {
                        #expect(passes == moments.filter { $0 < standing })
                    } else if path == nil, client == nil {
                        #expect(!passes.contains(now))
                    }
                }
            }
        }
    }

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
        Row("nothing, where everybody may read, and what is asked for is not told", .noCredentials) {
            ($0.headers, $0.isOpen, $0.path) = ([], true, nil)
        },
        Row("nothing, where everybody may read, and what is asked for cannot be told", .noCredentials) {
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
        Row("revoked and expired: the act is told, not the date", .revoked) {
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

        Row("an owner who signed in a year ago, where nothing is demanded") { $0.signedIn = .days(365) },
        Row("an owner whose sign-in is a span ago", .signInNeeded) {
            ($0.signedIn, $0.policy) = (.days(30), .days(30))
        },
        Row("an owner whose sign-in is a second less than a span ago") {
            ($0.signedIn, $0.policy) = (.days(30) + .seconds(-1), .days(30))
        },
        Row("an owner whom no provider signs in, where sign-ins are demanded") { $0.policy = .days(30) },
        Row("asleep and revoked: it will not wake", .revoked) {
            ($0.signedIn, $0.policy, $0.isRevoked) = (.days(31), .days(30), true)
        },
        Row("asleep and suspended: signing in would not help", .ownerSuspended) {
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
        Row("a path, and none is told", .insufficientScope) { ($0.scopes, $0.path) = ("maven:/team", nil) },
        Row("a path, and a path that cannot be told", .insufficientScope) {
            ($0.scopes, $0.path) = ("maven:/team", "/team/x/%2e%2e/y")
        },

        Row("from an address that it is bound to") { $0.addresses = ["10.0.0.0/8", "192.0.2.7"] },
        Row("from another address", .addressNotAllowed) { $0.addresses = ["10.0.0.0/8", "192.0.2.8/31"] },
        Row("bound, and from nobody knows where", .addressNotAllowed) {
            ($0.addresses, $0.client) = (["0.0.0.0/0", "::/0"], nil)
        },
        Row("not bound, and from nobody knows where") { $0.client = nil },
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

        Row("the owner suspended is told before the login", .ownerSuspended) {
            $0.authorization = basic("bob:\(Known.token)")
            $0.isSuspended = true
        },
        Row("the login is told before the address", .wrongLogin) {
            $0.authorization = basic("bob:\(Known.token)")
            $0.addresses = ["10.0.0.0/8"]
        },
        Row("the address is told before the groups", .addressNotAllowed) {
            ($0.addresses, $0.servesGroups) = (["10.0.0.0/8"], ["dev"])
        },
        Row("the groups are told before the scope", .notEntitled) {
            ($0.servesGroups, $0.scopes) = (["dev"], "git")
        },
    ]

    @Test(
        "each denial has its status",
        arguments: [
            (Denial.noCredentials, "no_credentials", 401), (.severalCredentials, "several_credentials", 400),
            (.notAToken, "not_a_token", 401), (.unknownToken, "unknown_token", 401),
            (.starting, "starting", 503), (.revoked, "revoked", 401),
            (.tokenInText, "not_a_token", 401), (.brokenToken, "not_a_token", 401),
            (.neitherTokenNorPassword, "not_a_token", 401),
            (.expired, "expired", 401), (.ownerSuspended, "owner_suspended", 403),
            (.signInNeeded, "sign_in_needed", 403), (.wrongLogin, "wrong_login", 401),
            (.addressNotAllowed, "address_not_allowed", 403), (.notEntitled, "not_entitled", 403),
            (.insufficientScope, "insufficient_scope", 403),
            (.unknownService, "unknown_service", 500), (.tooManyFailures, "too_many_failures", 429),
            (.wrongPassword, "wrong_password", 401), (.tooManyPasswords, "too_many_passwords", 429),
            (.passwordUnchecked, "password_unchecked", 502),
            (.stale, "stale", 503),
        ] as [(Denial, String, Int)])
    func status(denial: Denial, name: String, status: Int) {
        #expect(denial.reason == name)
        #expect(denial.status == status)
    }

    @Test("401 is for what is bad for good: who has stored it throws it away")
    func lasting() {
        let passing: [Denial] = [
            .starting, .ownerSuspended, .signInNeeded, .addressNotAllowed, .notEntitled, .insufficientScope,
            .unknownService, .tooManyFailures, .tooManyPasswords, .passwordUnchecked, .stale,
        ]
        for denial in passing { #expect(denial.status != 401 && denial.status != 404) }
        #expect(Denial.unknownService.retryAfter == nil, "trying again would not help")
    }

    @Test("each denial says in one line what to do", arguments: Denial.allCases)
    func sentence(denial: Denial) {
        let desk = "https://tokens.example.com/"
        let sentence = denial.sentence(service: "Maven", access: .write, desk: desk)
        #expect(sentence.split(whereSeparator: { $0.isNewline }).count == 1)
        let leadsToTheDesk = sentence.hasSuffix(desk)
        let leadsToAPerson = sentence.hasSuffix("ask your administrator")
        let saysItAll = [.severalCredentials, .tokenInText, .tooManyFailures, .starting, .stale].contains(
            denial)
        #expect(leadsToTheDesk || leadsToAPerson || saysItAll)
    }

    @Test("a sentence says where a token was seen, and where it may be used")
    func sentences() throws {
        func sentence(_ denial: Denial, _ address: String? = nil, _ paths: [String] = []) -> String {
            denial.sentence(
                service: "Git", access: .write, desk: "https://desk/",
                address: address.flatMap { IPAddress($0) },
                paths: paths.compactMap { ServicePath($0) })
        }
        #expect(
            sentence(.addressNotAllowed, "::ffff:192.0.2.7")
                == "this token may not be used from 192.0.2.7: use it from where it is meant for, or make one for here at https://desk/"
        )
        #expect(
            sentence(.addressNotAllowed).hasPrefix("this token may not be used from an unknown address: "))
        #expect(
            sentence(.insufficientScope, nil, ["/a/b c"])
                == "this token may write at Git only below /a/b%20c: make one that may here at https://desk/")
        #expect(
            sentence(.insufficientScope, nil, ["/a", "/b", "/c", "/d"])
                == "this token may write at Git only below /a, /b, /c and others: make one that may here at https://desk/"
        )
    }
}

extension VerifyTableTests.Row {
    /// Sets the one header `Authorization`.
    fileprivate var authorization: String {
        get { headers.first?.1 ?? "" }
        set { headers = [("Authorization", newValue)] }
    }
}

extension Verdict {
    fileprivate var isGrant: Bool { if case .grant = self { true } else { false } }
}
