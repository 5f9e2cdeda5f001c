import Ledger
import Tokens

@testable import Desk
@testable import DeskPages

/// Rules about tokens: the form under them, and the page of the policy.
extension PagesGallery {
    static let rules: TokenPolicy = {
        var policy = TokenPolicy()
        (policy.all.maxLifetime, policy.all.defaultLifetime) = (.days(365), .days(90))
        (policy.all.refusesEveryService, policy.all.needsPaths) = (true, true)
        policy.all.enforceFrom = now + .days(30)
        policy.all.perPerson = 50
        for service in services.suffix(1) {
            policy.services[service.name, default: TokenRules()].needsAddresses = true
        }
        return policy
    }()

    private static let count: PolicyCount = {
        var counter = PolicyCounter(rules, services: services, now: now, at: nil)
        for row in rows { counter.add(ListedToken(token: row.token, owner: alice, lastUse: row.lastUse)) }
        return counter.count()
    }()

    private static let excluding: TokenPolicy = {
        var policy = TokenPolicy()
        policy.all.who = .serviceAccounts
        return policy
    }()

    private static func newToken(under policy: TokenPolicy) -> NewTokenPage {
        NewTokenPage(
            form: NewTokenForm(
                offer: TokenOffer(policy, to: alice, services: services), now: now, proof: proof))
    }

    private static let signals: SignalOverview = {
        var stream = SignalStream()
        (stream.lastEvent, stream.lastAt, stream.status) = ("session-revoked", now - .minutes(9), "enabled")
        return SignalOverview(
            plan: .init(
                stream: "default", issuer: "https://id.example.com", polls: true,
                rules: [
                    .init(event: "session-revoked", act: .dormant),
                    .init(event: "account-purged", act: .remove),
                ]), stream: stream,
            refusal: .init(
                at: now - .minutes(3), sentence: "the issuer (`iss`) is not the one in `signals.issuer`"))
    }()

    static let ruled = [
        Picture("policy-empty", administrator, PolicyPage(count: nil, now: now)),
        Picture("policy", administrator, PolicyPage(count: count, now: now)),
        Picture("policy-signals", administrator, PolicyPage(count: nil, now: now, signals: signals)),
        Picture("new-token-rules", reader, newToken(under: rules)),
        Picture("new-token-excluded", reader, newToken(under: excluding)),
    ]
}
