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
        var isRevoked = false
        var expiresAt: Timestamp?
        var isSuspended = false
        let denial: Denial?

        init(_ says: String, _ denial: Denial? = nil, _ change: (inout Row) -> Void = { _ in }) {
            testDescription = says
            self.denial = denial
            change(&self)
        }
    }

    private func verdict(of row: Row) throws -> Verdict {
        let credential = presented(row.headers.map { ($0.0, Array($0.1.utf8)) })
        let isFound = row.isKnown && credential.digest == digest(Known.token)
        let scopes = try #require(Scopes(text: row.scopes))
        let kept = try token(scopes: scopes, expiresAt: row.expiresAt, revoked: row.isRevoked)
        return Verdict.judge(
            credential, token: isFound ? kept : nil,
            owner: isFound ? try alice(suspendedAt: row.isSuspended ? now : nil) : nil,
            service: try ServiceName("maven"), access: row.access, at: now)
    }

    @Test("each row is answered as written", arguments: rows)
    func table(row: Row) throws {
        let expected: Verdict =
            try row.denial.map { .denial($0) } ?? .grant(alice(), TokenID(number: 2))
        #expect(try verdict(of: row) == expected)
    }

    static let rows: [Row] = [
        Row("nothing", .noCredentials) { $0.headers = [] },
        Row("other headers alone", .noCredentials) { $0.headers = [("Cookie", Known.token)] },
        Row("an empty Authorization", .noCredentials) { $0.headers = [("Authorization", " \t ")] },

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
        Row("Basic token:anything else", .notAToken) { $0.authorization = basic("\(Known.token):x") },

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
        Row("a token with a typing error", .notAToken) {
            $0.authorization = "Bearer \(Known.token.dropLast())3"
        },
        Row("an unknown scheme", .notAToken) { $0.authorization = "Negotiate YII=" },

        Row("an unknown token", .unknownToken) { $0.isKnown = false },
        Row("a revoked token", .revoked) { $0.isRevoked = true },
        Row("an expired token", .expired) { $0.expiresAt = now - .seconds(1) },
        Row("a token in the moment of its expiry", .expired) { $0.expiresAt = now },
        Row("a token a millisecond before its expiry") { $0.expiresAt = now + TimeSpan(milliseconds: 1) },
        Row("the owner suspended", .ownerSuspended) { $0.isSuspended = true },
        Row("revoked and expired: the act is told, not the date", .revoked) {
            $0.isRevoked = true
            $0.expiresAt = now
        },
        Row("a suspended owner's token without the scope", .ownerSuspended) {
            $0.isSuspended = true
            $0.scopes = "git"
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
    ]

    @Test(
        "each denial has its status",
        arguments: [
            (Denial.noCredentials, "no_credentials", 401), (.severalCredentials, "several_credentials", 400),
            (.notAToken, "not_a_token", 401), (.unknownToken, "unknown_token", 401),
            (.revoked, "revoked", 401),
            (.expired, "expired", 401), (.ownerSuspended, "owner_suspended", 401),
            (.wrongLogin, "wrong_login", 401), (.insufficientScope, "insufficient_scope", 403),
            (.unknownService, "unknown_service", 404), (.tooManyFailures, "too_many_failures", 429),
            (.wrongPassword, "wrong_password", 401), (.tooManyPasswords, "too_many_passwords", 429),
            (.passwordUnchecked, "password_unchecked", 503),
        ] as [(Denial, String, Int)])
    func status(denial: Denial, name: String, status: Int) {
        #expect(denial.rawValue == name)
        #expect(denial.status == status)
    }

    @Test("each denial says in one line what to do", arguments: Denial.allCases)
    func sentence(denial: Denial) {
        let desk = "https://tokens.example.com/"
        let sentence = denial.sentence(service: "Maven", access: .write, desk: desk)
        #expect(sentence.split(whereSeparator: { $0.isNewline }).count == 1)
        let leadsToTheDesk = sentence.hasSuffix(desk)
        let leadsToAPerson = sentence.hasSuffix("ask your administrator")
        let saysItAll = denial == .severalCredentials || denial == .tooManyFailures
        #expect(leadsToTheDesk || leadsToAPerson || saysItAll)
    }
}

extension VerifyTableTests.Row {
    /// Sets the one header `Authorization`.
    fileprivate var authorization: String {
        get { headers.first?.1 ?? "" }
        set { headers = [("Authorization", newValue)] }
    }
}
