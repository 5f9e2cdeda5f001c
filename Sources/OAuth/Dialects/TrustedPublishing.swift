import Desk
import Gate
import HTTPServer
import Ledger
import Tokens

/// Trades the identity of a job for a token at one service, and ends that token when the job is done.
struct TrustedPublishing: Sendable {
    let desk: TrustDesk
    let revocation: RevocationByHolder
    let format: TokenFormat
    let settings: OAuthSettings

    /// What a job is told when no issuer is configured.
    static let notConfigured = DialectFault.switchedOff(
        "jobs cannot publish here by their identity: the operator names no issuers in the configuration (federation)"
    )

    /// The audience of identities where a dialect leaves it to the registry: the host of the service. In GitLab, clients look
    /// for the identity in a variable that is named after it. Without an address, it is that of the desk, unless no issuer has
    /// that.
    func audience(of service: Service) -> String {
        if let url = service.url { return url.hostWithoutPort }
        let all = desk.audiences
        return all.first { $0.isExactly(settings.issuer) } ?? all.first ?? settings.issuer
    }

    /// A token for what the rules give the job at `service`.
    ///
    /// - Parameters:
    ///   - audiences: names of the service that the dialect's clients ask for as the audience, beside the issuer's own.
    ///   - package: the path that the token is narrowed to; `nil` for all that the rule gives there.
    func issue(
        for jwt: String, at service: Service, alsoFor audiences: [String] = [], package: ServicePath? = nil,
        _ request: Request
    ) async throws(DialectFault) -> TokenDesk.Issued {
        let asking = TrustRequest(
            scopes: package.map { [.service(service.name, .write, below: $0)] } ?? [],
            resource: .init(text: service.name.text, services: [service.name]))
        let address = request.clientAddress(trusting: settings.trustedProxies)
        do throws(TradeFault) {
            let identity = try await desk.verify(jwt, alsoFor: audiences, from: address)
            return try await desk.trade(identity, asking: asking, from: address)
        } catch {
            throw .trade(error)
        }
    }

    /// Revokes the token. What is none of this desk's is left alone.
    func revoke(_ text: String, _ request: Request) async throws(DialectFault) {
        guard let digest = Credential(token: Array(text.utf8).span, format: format).digest else { return }
        do throws(LedgerError) {
            try await revocation.revoke(
                digest, from: request.clientAddress(trusting: settings.trustedProxies))
        } catch {
            throw .ledger(error)
        }
    }
}

extension Request {
    /// The credential after `Bearer` in the header field. Throws ``DialectFault/invalid(_:)`` where there is none.
    func dialectBearer() throws(DialectFault) -> String {
        let values = headers.all("authorization")
        guard values.count == 1 else { throw .invalid("send one header Authorization: Bearer") }
        let parts = values[0].split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else {
            throw .invalid("send one header Authorization: Bearer")
        }
        return String(parts[1])
    }
}
