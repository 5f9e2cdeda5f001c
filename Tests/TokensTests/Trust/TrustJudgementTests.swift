import Sodium
import Testing
import Tokens

@Suite("Trust rules")
struct TrustJudgementTests {
    private static let github = "https://token.actions.githubusercontent.com"
    private static let claims: [(name: String, values: [String])] = [
        ("repository", ["acme/app"]), ("repository_id", ["74"]), ("repository_owner_id", ["65"]),
        ("workflow_ref", ["acme/app/.github/workflows/release.yml@refs/tags/v1.2"]), ("ref_type", ["tag"]),
        ("run_id", ["991"]), ("groups", ["a", "b"]), ("sub", ["repo:acme/app:ref:refs/tags/v1.2"]),
    ]
    private let now = Timestamp(seconds: 1_800_000_000)

    private func identity(
        issuer: String = Self.github, kind: IssuerKind = .github,
        _ claims: [(name: String, values: [String])] = Self.claims
    ) -> VerifiedIdentity {
        VerifiedIdentity(
            issuer: issuer, issuerName: "github", kind: kind, subject: "repo:acme/app:ref:refs/tags/v1.2",
            claims: IdentityClaims(claims), mark: SHA256Digest(of: "mark"), acceptedUntil: now + .minutes(5))
    }

    private func rule(
        _ claims: [ClaimMatch], number: Int64 = 1, issuer: String = Self.github,
        scopes: String = "maven:write maven:read:/com/acme git", ends: Timestamp? = nil,
        removed: Timestamp? = nil
    ) throws -> TrustRule {
        TrustRule(
            id: TrustRuleID(number: number), owner: SubjectID(number: 7),
            name: try TokenName("rule \(number)"),
            issuer: issuer, claims: claims, scopes: try #require(Scopes(text: scopes)), createdAt: now,
            createdBy: nil, expiresAt: ends, removedAt: removed)
    }

    private func exactly(_ claim: String, _ value: String) -> ClaimMatch {
        ClaimMatch(stored: claim, value: value, isPattern: false)
    }

    private func like(_ claim: String, _ value: String) -> ClaimMatch {
        ClaimMatch(stored: claim, value: value, isPattern: true)
    }

    @Test("every claim has to match; the reasons name each that does not")
    func everyClaim() throws {
        let matching = try rule([
            exactly("repository_id", "74"), like("workflow_ref", "acme/app/*/release.yml@refs/tags/*"),
            exactly("groups", "b"),
        ])
        #expect(TrustJudgement.judge(identity(), rules: [matching], at: now) == .match(matching))
        let wrong = try rule([
            exactly("repository_id", "75"), exactly("repository", "acme/app"),
            exactly("environment", "release"),
        ])
        let expected: [TrustJudgement.Reason] = [
            .differs(exactly("repository_id", "75"), found: ["74"]),
            .missing(exactly("environment", "release")),
        ]
        #expect(TrustJudgement.reasons(against: wrong, identity(), at: now) == expected)
        #expect(
            TrustJudgement.judge(identity(), rules: [wrong], at: now)
                == .noMatch([.init(rule: wrong, reasons: expected)]))
        #expect(expected[0].sentence == "“repository_id” must be “75”, and is “74”")
        #expect(
            expected[1].sentence == "the identity has no “environment”, which must be “release”")
    }

    @Test("without rules, or with a rule that requires nothing, nobody gets anything")
    func denied() throws {
        #expect(TrustJudgement.judge(identity(), rules: [], at: now) == .noMatch([]))
        #expect(TrustJudgement.reasons(against: try rule([]), identity(), at: now) == [.noClaims])
    }

    @Test("a rule is about its issuer, byte by byte, and ends")
    func ends() throws {
        let claims = [exactly("repository_id", "74")]
        let other = try rule(claims, issuer: Self.github + "/")
        #expect(TrustJudgement.reasons(against: other, identity(), at: now) == [.otherIssuer])
        #expect(TrustJudgement.reasons(against: try rule(claims, ends: now), identity(), at: now) == [.ended])
        #expect(
            TrustJudgement.reasons(against: try rule(claims, removed: now), identity(), at: now) == [.ended])
        let later = try rule(claims, ends: now + .minutes(2))
        #expect(TrustJudgement.reasons(against: later, identity(), at: now).isEmpty)
        #expect(later.tokenEnd(at: now) == now + .minutes(2))
        #expect(try rule(claims).tokenEnd(at: now) == now + .minutes(15))
    }

    @Test("the oldest rule that gives what was asked for counts")
    func oldest() throws {
        let claims = [exactly("repository_id", "74")]
        let (maven, git) = (try rule(claims, scopes: "maven"), try rule(claims, number: 2, scopes: "git"))
        #expect(TrustJudgement.judge(identity(), rules: [git, maven], at: now) == .match(maven))
        let asking = TrustRequest(scopes: [try #require(Scope("git:read"))])
        #expect(
            TrustJudgement.judge(identity(), rules: [git, maven], asking: asking, at: now) == .match(git))
        let both = TrustRequest(scopes: [try #require(Scope("git")), try #require(Scope("maven"))])
        let none = TrustJudgement.judge(identity(), rules: [git, maven], asking: both, at: now)
        #expect(none.isAboutRequest)
        let stranger = try rule([exactly("repository_id", "75")], number: 3, scopes: "git")
        #expect(!TrustJudgement.judge(identity(), rules: [stranger], asking: both, at: now).isAboutRequest)
    }

    @Test(
        "scopes and resource narrow, and never widen",
        arguments: [
            ([], nil, "git maven:read:/com/acme maven:write"), (["maven:read"], nil, "maven:read"),
            (["maven:write:/com"], nil, "maven:write:/com"), ([], "git", "git"),
            (["git:read", "maven:read"], "maven", "maven:read"), (["git:read"], "maven", nil),
            (["maven"], nil, nil), (["npm"], nil, nil), ([], "npm", nil),
        ] as [([String], String?, String?)])
    func narrowing(scopes: [String], resource: String?, expected: String?) throws {
        let rule = try rule([exactly("repository_id", "74")])
        var asking = TrustRequest(scopes: try scopes.map { try #require(Scope($0)) })
        if let resource {
            asking.resource = .init(text: resource, services: [try ServiceName(resource)])
        }
        let reasons = TrustJudgement.reasons(against: rule, identity(), asking, at: now)
        #expect(reasons.isEmpty == (expected != nil))
        let isAboutRequest = reasons.allSatisfy { $0.isAboutRequest }
        #expect(isAboutRequest)
        guard let expected else { return }
        let narrowed = try #require(asking.narrowed(rule.scopes))
        #expect(narrowed == Scopes(text: expected))
        #expect(rule.gives(narrowed))
    }

    @Test("jobs that anybody's code can start get nothing")
    func events() {
        for event in ["pull_request_target", "workflow_run"] {
            let claims = Self.claims + [("event_name", [event])]
            #expect(identity(claims).refusedEvent == event)
            #expect(identity(kind: .forgejo, claims).refusedEvent == event)
            #expect(identity(kind: .gitlab, claims).refusedEvent == nil)
        }
        #expect(identity(Self.claims + [("event_name", ["push"])]).refusedEvent == nil)
    }
}
