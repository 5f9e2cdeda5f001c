import Ledger
import Sodium
import TestHouse
import Tokens

@testable import Desk
@testable import DeskPages

/// Trust rules, for stewards and for administrators.
extension PagesGallery {
    private static let issuers = [
        TrustForm.OfferedIssuer(
            name: "github", address: "https://token.actions.githubusercontent.com", kind: .github),
        TrustForm.OfferedIssuer(
            name: "cluster", address: "https://kubernetes.default.svc", kind: .kubernetes),
    ]

    private static func rule(
        _ number: Int64, _ name: String, issuer: String, _ claims: [(String, String, Bool)],
        by author: SubjectID?, ends: TimeSpan? = nil
    ) -> TrustRule {
        TrustRule(
            id: id(number), owner: ci.id, name: (try? TokenName(name))!, issuer: issuer,
            claims: claims.map { ClaimMatch(stored: $0, value: $1, isPattern: $2) },
            scopes: Scopes(text: "maven:write git:read")!, createdAt: now - .days(8), createdBy: author,
            expiresAt: ends.map { now + $0 })
    }

    private static let release = rule(
        800, "app release", issuer: issuers[0].address,
        [
            ("repository_id", "74", false), ("environment", "release", false),
            ("workflow_ref", "acme/app/.github/workflows/release.yml@refs/tags/*", true),
        ], by: bruno.id)
    private static let former = rule(
        801, "nightly", issuer: "https://ci.former.example", [("sub", "x", false)], by: nil, ends: .days(30))

    private static func job(_ number: Int64, run: String) -> Token {
        Token(
            id: id(number), owner: ci.id, name: (try? TokenName("acme/app release.yml #\(number)"))!,
            scopes: release.scopes, createdAt: now - .minutes(4),
            origin: .job(
                Token.Job(
                    rule: release.id, issuer: "github", subject: "repo:acme/app", repository: "acme/app",
                    workflow: "acme/app/.github/workflows/release.yml@refs/tags/v1", run: run)),
            expiresAt: now + .minutes(11))
    }

    private static var jobs: JobList {
        let tokens = [
            job(810, run: "https://github.com/acme/app/actions/runs/991"),
            job(811, run: "https://evil.example/x"),
        ]
        let runs = tokens.compactMap { token in
            token.job.flatMap { RunAddress(of: $0, among: issuers) }.map { (token.id, $0) }
        }
        return JobList(
            rule: release.id, name: release.name.text,
            tokens: tokens.map {
                ListedToken(
                    token: $0, owner: ci,
                    lastUse: use($0, "maven", "198.51.100.7", "Maven 3.9.9", ago: .minutes(2)))
            }, runs: Dictionary(uniqueKeysWithValues: runs), isCut: false)
    }

    private static func trust(
        _ rules: [TrustRule], jobs: [JobList] = [], isAdministrators: Bool = false,
        offered: [TrustForm.OfferedIssuer] = issuers, _ change: (inout TrustPage) -> Void = { _ in },
        typed: TypedTrustRule = TypedTrustRule(), faults: [FormFault] = []
    ) -> TrustPage {
        var page = TrustPage(
            owner: ci, isAdministrators: isAdministrators, rules: rules, authors: [bruno.id: "bruno"],
            jobs: jobs,
            form: TrustForm(typed: typed, faults: faults, issuers: offered, services: services, now: now),
            proof: proof, wording: wording)
        change(&page)
        return page
    }

    private static var tried: TrustTest {
        let identity = VerifiedIdentity(
            issuer: issuers[0].address, issuerName: "github", kind: .github, subject: "repo:acme/app",
            claims: IdentityClaims([(name: "repository_id", values: ["75"])]), mark: SHA256Digest(of: "x"),
            acceptedUntil: now)
        return TrustTest(
            identity: identity,
            rules: [(release, TrustJudgement.reasons(against: release, identity, at: now))])
    }

    private static var wrong: TypedTrustRule {
        var typed = TypedTrustRule()
        (typed.name, typed.claims, typed.scopes) = ("lib", "repository = acme/lib", "maven:write")
        return typed
    }

    static var trustPages: [Picture] {
        [
            Picture("trust", steward, trust([release, former], jobs: [jobs])),
            Picture("trust-none", steward, trust([])),
            Picture("trust-no-issuers", steward, trust([former], offered: [])),
            Picture("trust-administrator", administrator, trust([release], isAdministrators: true)),
            Picture(
                "trust-faults", steward,
                trust(
                    [release], typed: wrong,
                    faults: [
                        FormFault(
                            "claims",
                            "Match repository_id or repository_owner_id exactly, too: a name can belong to somebody else one day."
                        )
                    ])),
            Picture("trust-tried", steward, trust([release], { $0.test = .judged(tried) })),
            Picture(
                "trust-tried-wrong", steward,
                trust(
                    [release], { $0.test = .refused("The identity is not accepted: it has expired (exp).") })),
        ]
    }
}
