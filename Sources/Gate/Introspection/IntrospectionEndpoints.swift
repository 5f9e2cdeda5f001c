public import HTTPServer
import JSON
public import Ledger
public import TokenIndex
public import Tokens

/// OAuth endpoints for services without a proxy: introspection (RFC 7662) and revocation (RFC 7009).
///
/// Introspection is answered from memory, as verify requests are; only revocation waits for the ledger.
public struct IntrospectionEndpoints: Sendable {
    private let index: TokenIndex
    private let revocation: RevocationByHolder
    private let uses: UseRecorder
    private let clock: Clock
    private let settings: GateSettings
    private let authentication: ServiceAuthentication

    /// Endpoints that judge by `index` and record each introspected token in `uses`.
    public init(
        index: TokenIndex, ledger: any TokenLedger, uses: UseRecorder, clock: Clock, settings: GateSettings
    ) {
        self.index = index
        revocation = RevocationByHolder(ledger: ledger, clock: clock)
        self.uses = uses
        self.clock = clock
        self.settings = settings
        authentication = ServiceAuthentication(settings, clock: clock)
    }

    public func addRoutes(to router: inout Router) {
        router.group("/oauth", limits: .oauth, errors: OAuthFault.answer) { oauth in
            oauth.on("POST", "/introspect") { request in try introspect(request) }
            oauth.on("POST", "/revoke", urgent: true) { request in try await revoke(request) }
        }
    }

    // MARK: Introspection

    private func introspect(_ request: Request) throws(OAuthFault) -> Response {
        let denial = settings.staleness.denial(of: index)
        if let fault = denial.flatMap(OAuthFault.temporarilyUnavailable) { throw fault }
        let form = try OAuthForm(request)
        guard let service = try authentication.service(of: request, form) else { throw .invalidClient }
        let credential = try form.credential(settings.format)
        let now = clock.now
        let row = settings.verdicts.row(of: service.name)
        let holder: Verdict.Holder
        switch index.holder(of: credential, at: service, now: now) {
        case .success(let found): holder = found
        case .failure(let denial):
            settings.verdicts.refuse(denial, in: row, .introspection, shard: nil)
            if let record = index.known(by: credential).record {
                uses.record(
                    refusalOf: record, denial, service: service.name.text,
                    address: request.clientAddress(trusting: settings.trustedProxies),
                    userAgent: request.headers["user-agent"] ?? "", at: now)
            } else if let decoy = credential.digest.flatMap(index.decoy) {
                uses.record(
                    tryOf: decoy, service: service.name.text,
                    address: request.clientAddress(trusting: settings.trustedProxies),
                    userAgent: request.headers["user-agent"] ?? "", at: now)
            }
            // "Not active" may be cached by a service, so it must be certain.
            if let fault = OAuthFault.temporarilyUnavailable(denial) { throw fault }
            return Self.json(Introspection.inactive)
        }
        guard let introspection = Introspection(of: holder, at: service, issuer: settings.issuer) else {
            settings.verdicts.refuse(.insufficientScope, in: row, .introspection, shard: nil)
            return Self.json(Introspection.inactive)
        }
        settings.verdicts.grant(.token, in: row, .introspection, shard: nil)
        uses.record(
            holder.token.secret, service: service.name.text,
            address: request.clientAddress(trusting: settings.trustedProxies),
            userAgent: request.headers["user-agent"] ?? "", at: now)
        let id = holder.token.id.text
        var response = Self.json(introspection.json, headers: ["X-Jeton-Token": id])
        response.note.token = id
        return response
    }

    private static func json(_ value: JSONValue, headers: Headers = [:]) -> Response {
        var headers = headers
        headers["Cache-Control"] = "no-store"
        return Response(.json, value.text + "\n", headers: headers)
    }

    // MARK: Revocation

    /// Revokes the token that is sent, for anyone who has it: its holder, a finder, or a service that authenticates by
    /// its secret. The response is the same for a token that never existed (RFC 7009, section 2.2).
    ///
    /// Reads the ledger and not the index, which may not have a token that another node has just created, and has none
    /// during the start.
    private func revoke(_ request: Request) async throws(OAuthFault) -> Response {
        let form = try OAuthForm(request)
        let service = try authentication.service(of: request, form)
        let credential = try form.credential(settings.format)
        if case .notAToken(_, let likeness) = credential, likeness != .none {
            // A 200 for a token sent in quotes or with a line break would claim that it is revoked.
            throw .notWhole(likeness, desk: settings.desk.myTokens)
        }
        if let digest = credential.digest {
            let address = request.clientAddress(trusting: settings.trustedProxies)
            do throws(LedgerError) {
                try await revocation.revoke(digest, by: service, from: address)
            } catch {
                throw .ledger(error)
            }
        }
        return Response(status: 200, headers: ["Cache-Control": "no-store"])
    }
}
