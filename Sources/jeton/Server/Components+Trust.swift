import Desk
import Gate
import HTTPServer
import Ledger
import Metrics
import OAuth
import SignIn
import Tokens

extension Components {
    /// The trust rules, for the tokens of another desk over the same ledger.
    func trustDesk(_ tokens: TokenDesk) -> TrustDesk {
        TrustDesk(
            ledger: ledger, tokens: tokens, verifier: identities, clock: clock,
            admitsPeople: configuration.peopleHaveTrustRules)
    }

    /// The grants by which jobs get tokens, if there are issuers of identities, and agents on behalf of people.
    func exchangeGrants(
        _ settings: OAuthSettings, _ authentication: TokenAuthentication
    ) -> [any TokenGrant] {
        let hasIssuers = !identities.issuers.isEmpty
        let exchange = TokenExchangeGrant(
            IdentityGrant(trust, settings, as: .tokenExchange),
            DelegationGrant(tokens, authentication, settings, within: configuration.agents),
            isOffered: hasIssuers || !configuration.agents.allowed.isEmpty)
        let assertions = provider.flatMap { provider in
            configuration.oauth.takesAssertions
                ? AssertionDesk(
                    ledger: ledger, tokens: tokens, provider: provider, clock: clock,
                    address: settings.issuer) : nil
        }
        guard hasIssuers || assertions != nil else { return [exchange] }
        let jobs = hasIssuers ? IdentityGrant(trust, settings, as: .assertion) : nil
        return [exchange, AssertionGrant(jobs, assertions, settings)]
    }

    /// Metrics of identities that were traded, if there are issuers of identities.
    var trading: [Metric] {
        guard !identities.issuers.isEmpty else { return [] }
        return [
            Metric(
                "jeton_trades_total", .counter,
                "Identities that were traded for a token, or refused, by issuer and outcome",
                trust.figures.all.sorted { $0.key < $1.key }.map { outcome, count in
                    .init(
                        Double(count), [.init("issuer", outcome.issuer), .init("outcome", outcome.name)])
                })
        ]
    }
}
