import Ledger
import Sodium
import TestHouse
import Testing
import Tokens

@testable import Desk
@testable import SignIn

@Suite("Trust rules of service accounts")
struct TrustDeskTests {
    let house: TestHouse
    let desk: TrustDesk
    let alice, bob, carol, root: Subject
    let ci: Subject

    init() async throws {
        house = try TestHouse()
        let house = house
        let tokens = TokenDesk(
            ledger: house.ledger,
            services: [
                Service(name: try ServiceName("maven")),
                Service(name: try ServiceName("ops"), groups: ["ops"]),
                Service(name: try ServiceName("vault"), groups: ["vault"]),
            ], clock: house.clock, format: .standard)
        let issuers = [("hub", "https://hub.test", IssuerKind.github), ("any", "https://any.test", .oidc)]
        desk = TrustDesk(
            ledger: house.ledger, tokens: tokens,
            verifier: IdentityVerifier(
                issuers.map { FederationIssuer(name: $0, issuer: $1, audience: "desk", kind: $2) },
                clock: house.clock), clock: house.clock)
        alice = try await house.person("alice", groups: ["build-team"])
        bob = try await house.person("bob", groups: ["build-team", "ops"])
        carol = try await house.person("carol")
        root = try await house.person("root", administrator: true)
        ci = try await house.account("bot-ci", groups: ["ops"])
    }

    private func requester(_ person: Subject) -> Requester { .person(person, address: "192.0.2.1") }

    private func draft(
        _ name: String = "release", scopes: [String] = ["maven:write"],
        _ change: (inout TrustDraft) -> Void = { _ in }
    ) -> TrustDraft {
        var draft = TrustDraft(
            name: name, issuer: "hub", claims: [.init("repository_id", "74")], scopes: scopes)
        change(&draft)
        return draft
    }

    private func faults(_ body: () async throws -> Void) async -> String {
        do {
            try await body()
            return "not refused"
        } catch {
            return "\(error)"
        }
    }

    private func identity(
        _ mark: String = "one", issuer: String = "https://hub.test", id: String = "74"
    ) -> VerifiedIdentity {
        VerifiedIdentity(
            issuer: issuer, issuerName: "hub", kind: .github, subject: "repo:acme/app",
            claims: IdentityClaims([
                (name: "repository_id", values: [id]), (name: "repository", values: ["acme/app"]),
                (name: "run_id", values: ["991"]),
                (name: "workflow_ref", values: ["acme/app/.github/workflows/release.yml@refs/tags/v1"]),
            ]), mark: SHA256Digest(of: mark), acceptedUntil: house.now + .minutes(6))
    }

    private func refusal(_ identity: VerifiedIdentity, _ asking: TrustRequest = TrustRequest()) async
        -> TradeFault?
    {
        do throws(TradeFault) {
            _ = try await desk.trade(identity, asking: asking, from: nil)
            return nil
        } catch {
            return error
        }
    }

    @Test("stewards, administrators and the operator add, see and remove them; others do not")
    func who() async throws {
        for (number, by) in [requester(alice), requester(root), .commandLine].enumerated() {
            let rule = try await desk.add(draft("rule \(number)"), for: ci, by: by)
            #expect(rule.createdBy == by.subject?.id)
            #expect(try await desk.rules(of: ci) == [rule])
            try await desk.remove(rule.id, of: ci, by: by)
            #expect(try await desk.rules(of: ci).isEmpty)
        }
        #expect(
            await faults { _ = try await desk.add(draft(), for: ci, by: requester(carol)) }
                .contains("not a steward"))
        let rule = try await desk.add(draft(), for: ci, by: requester(alice))
        #expect(
            await faults { _ = try await desk.remove(rule.id, of: ci, by: requester(carol)) }
                .contains("not a steward"))
        #expect(
            await faults { _ = try await desk.test("x", for: ci, by: requester(carol)) }
                .contains("not a steward"))
        #expect(
            await faults { _ = try await desk.test("x", for: nil, by: requester(alice)) }.contains("Only"))
        #expect(
            await faults { _ = try await desk.remove(rule.id, of: alice, by: requester(alice)) }
                == "\(DeskFault.noSuchRule)")
    }

    @Test("a steward lets jobs do no more than both the account and they themselves may")
    func entitlement() async throws {
        #expect(
            await faults { _ = try await desk.add(draft(scopes: ["ops"]), for: ci, by: requester(alice)) }
                .contains("you may not use ops yourself"))
        #expect(
            await faults { _ = try await desk.add(draft(scopes: []), for: ci, by: requester(alice)) }
                .contains("name the services"))
        #expect(
            await faults { _ = try await desk.add(draft(scopes: ["vault"]), for: ci, by: requester(bob)) }
                .contains("in no group"))
        _ = try await desk.add(draft(scopes: ["ops"]), for: ci, by: requester(bob))
    }

    @Test("people have none unless the operator says so")
    func people() async throws {
        #expect(
            await faults { _ = try await desk.add(draft(), for: alice, by: requester(alice)) }
                .contains("trust_rules"))
        let open = TrustDesk(
            ledger: house.ledger, tokens: desk.tokens, verifier: desk.verifier, clock: house.clock,
            admitsPeople: true)
        _ = try await open.add(draft(), for: alice, by: requester(alice))
        #expect(try await open.trade(identity(), from: nil).token.owner == alice.id)
        // Where the operator changes their mind, the rules give nothing.
        #expect(await refusal(identity("two")) == .inactive)
    }

    @Test("what tokens need approval for, no rule gives but the operator's")
    func approval() async throws {
        try await house.setApproval(ApprovalRules(services: [ServiceName("maven"): ["ops"]]))
        #expect(
            await faults { _ = try await desk.add(draft(), for: ci, by: requester(alice)) }
                .contains("need approval by"))
        _ = try await desk.add(draft(), for: ci, by: .commandLine)
    }

    @Test("the fields of a rule are checked at once")
    func fields() async throws {
        let wrong = draft("", scopes: ["nowhere"]) {
            $0.issuer = "other"
            $0.claims = []
            $0.lifetime = .hours(13)
            $0.expiresAt = house.now
        }
        guard case .invalid(let faults)? = await fault(wrong) else { return #expect(Bool(false)) }
        #expect(Set(faults.map(\.field)) == ["name", "scopes", "issuer", "claims", "lifetime", "expires_at"])
        let named = draft { $0.claims = [.init("repository", "acme/app"), .init("sub", "x")] }
        #expect(
            "\(await fault(named)!)".contains("match repository_id or repository_owner_id exactly, too"))
        #expect(
            await fault(
                draft {
                    $0.issuer = "any"; $0.claims = [.init("sub", "x")]
                }) == nil)
        #expect("\(await fault(draft("release"))!)".contains("taken by another rule"))
    }

    private func fault(_ draft: TrustDraft) async -> DeskFault? {
        do throws(DeskFault) {
            _ = try await desk.add(draft, for: ci, by: requester(alice))
            return nil
        } catch {
            return error
        }
    }

    @Test("a job gets a token for its identity, once, named after what it is")
    func trade() async throws {
        let rule = try await desk.add(draft(), for: ci, by: requester(alice))
        let issued = try await desk.trade(identity(), from: IPAddress("192.0.2.9"))
        let token = issued.token
        #expect(token.name.text == "acme/app release.yml #991")
        #expect(token.owner == ci.id)
        #expect(token.expiresAt == house.now + .minutes(15))
        #expect(token.job?.rule == rule.id)
        #expect(token.job?.repository == "acme/app")
        #expect(token.isLasting == false)
        #expect(try await desk.tokens.working(of: ci.id).isEmpty)
        #expect(try await desk.activeJobs(of: ci).map(\.token) == [token])
        #expect(await refusal(identity()) == .used)
        #expect(await refusal(identity("two", id: "75")) == .noRule)
        #expect(await refusal(identity("two", issuer: "https://any.test")) == .noRule)
        let git = TrustRequest(scopes: [try #require(Scope("ops"))])
        #expect(await refusal(identity("two"), git) == .scope("ops"))
        #expect(
            desk.figures.all == [
                .init(issuer: "hub", name: "traded"): 1, .init(issuer: "hub", name: "used"): 1,
                .init(issuer: "hub", name: "no_rule"): 2, .init(issuer: "hub", name: "scope"): 1,
            ])
        let events = try await house.ledger.events(about: nil, before: nil, limit: 9)
        #expect(events.filter { $0.kind == .tradeRefused }.map(\.detail).contains("hub: no_rule"))
        house.pass(.minutes(7))
        #expect(await refusal(identity("late").with(end: house.now)) == .identity(.claims(.expired)))
    }

    @Test("a token lasts no longer than the operator's rules allow")
    func longestLife() async throws {
        var policy = TokenPolicy()
        _ = try await desk.add(draft { $0.lifetime = .hours(2) }, for: ci, by: requester(alice))
        policy.all.maxLifetime = .hours(1)
        try await house.ledger.setTokenPolicy(
            policy, event: Event(.tokenPolicyChanged, at: house.now, actor: nil))
        #expect(try await desk.trade(identity(), from: nil).token.expiresAt == house.now + .hours(1))
        let long = draft("longer") { $0.lifetime = .hours(2) }
        #expect("\(await fault(long)!)".contains("lifetime must be within"))
    }
}

extension VerifiedIdentity {
    fileprivate func with(end: Timestamp) -> VerifiedIdentity {
        VerifiedIdentity(
            issuer: issuer, issuerName: issuerName, kind: kind, subject: subject, claims: claims, mark: mark,
            acceptedUntil: end)
    }
}
