import Testing
import Tokens

/// The rows of the table in `docs/tokens.md`: what a request presents, and the answer.
@Suite("The verify table")
struct VerifyTableTests {
    /// One request: its credential, and the state of token, owner and service.
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
        var rules = TokenRules()
        var servesPaths: [String] = []
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
        return Verdict.Holder(
            token: kept.record, owner: try owner(row),
            policies: Policies(signIn: policy, tokens: TokenPolicy(all: row.rules)))
    }

    private func service(_ row: Row) throws -> Service {
        Service(
            name: try ServiceName("maven"), groups: row.servesGroups,
            paths: row.servesPaths.compactMap { PathPattern($0) }, allowsAnonymousReads: row.isOpen)
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
            proxyPath: nil)
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
            ? .anonymous : row.denial.map { .denial($0) } ?? .grant(owner(row), holder(row).token)
        #expect(try verdict(of: row) == expected)
    }

    @Test("until a token's validUntil every request is allowed, and none afterwards", arguments: rows)
    func validUntil(row: Row) throws {
        let moments = [
            now - .days(1), now, now + TimeSpan(milliseconds: 1), now + .minutes(1), now + .days(100),
            now + .days(400),
        ]
        for access in Access.allCases {
            let end = try holder(row).validUntil(access, at: try service(row), now: now)
            for path in [row.path, "/", nil] {
                for client in [row.client, "2001:db8::1", nil] {
                    var plain = row
                    (plain.headers, plain.isKnown, plain.isWhole) = (Row("").headers, true, true)
                    (plain.access, plain.path, plain.client) = (access, path, client)
                    let passes = try moments.filter { try verdict(of: plain, at: $0).isGrant }
                    if let end {
                        #expect(passes == moments.filter { $0 < end })
                    } else if path == nil, client == nil {
                        #expect(!passes.contains(now))
                    }
                }
            }
        }
    }
}

extension Verdict {
    fileprivate var isGrant: Bool { if case .grant = self { true } else { false } }
}
