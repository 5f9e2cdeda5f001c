public import HTTPServer
import JSON
public import Ledger
public import Tokens

/// What services ask that have no proxy in front of them: introspection (RFC 7662), revocation
/// (RFC 7009), and the metadata by which a library finds both (RFC 8414).
///
/// Introspection is answered from memory, as the gate does; only a revocation waits for the ledger.
public struct OAuthEndpoints: Sendable {
    private let index: TokenIndex
    private let ledger: any Ledger
    private let uses: UseRecorder
    private let clock: Clock
    private let settings: GateSettings
    private let authentication: ServiceAuthentication

    /// Endpoints over what `index` holds, which tell `uses` of each active token.
    public init(
        index: TokenIndex, ledger: any Ledger, uses: UseRecorder, clock: Clock, settings: GateSettings
    ) {
        self.index = index
        self.ledger = ledger
        self.uses = uses
        self.clock = clock
        self.settings = settings
        authentication = ServiceAuthentication(settings, clock: clock)
    }

    /// Adds the three routes.
    public func addRoutes(to router: inout Router) {
        router.on("POST", "/oauth/introspect", limits: .oauth) { request in
            try await answer { () async throws(OAuthFault) in try introspect(request) }
        }
        router.on("POST", "/oauth/revoke", limits: .oauth, urgent: true) { request in
            try await answer { () async throws(OAuthFault) in try await revoke(request) }
        }
        let metadata = ServerMetadata(settings).json.text + "\n"
        router.on("GET", "/.well-known/oauth-authorization-server") { _ in
            Response(.json, metadata, headers: ["Cache-Control": "max-age=3600"])
        }
    }

    private func answer(_ work: () async throws(OAuthFault) -> Response) async throws -> Response {
        do throws(OAuthFault) {
            return try await work()
        } catch .ledger(let error) {
            throw Failure(OAuthFault.ledger(error).response, reason: error.description)
        } catch {
            return error.response
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
            // A service may keep for a while that a token is not active.
            if let fault = OAuthFault.temporarilyUnavailable(denial) { throw fault }
            return Self.json(Introspection.inactive)
        }
        guard let introspection = Introspection(of: holder, at: service, issuer: settings.issuer) else {
            settings.verdicts.refuse(.insufficientScope, in: row, .introspection, shard: nil)
            return Self.json(Introspection.inactive)
        }
        settings.verdicts.grant(.token, in: row, .introspection, shard: nil)
        uses.record(
            holder.token.id, service: service.name.text,
            address: request.clientAddress(trusting: settings.trustedProxies),
            userAgent: request.headers["user-agent"] ?? "", at: now)
        // By this header the request's line in the log has the token's identifier.
        return Self.json(introspection.json, headers: ["X-Jeton-Token": holder.token.id.text])
    }

    private static func json(_ value: JSONValue, headers: Headers = [:]) -> Response {
        var headers = headers
        headers["Cache-Control"] = "no-store"
        return Response(.json, value.text + "\n", headers: headers)
    }

    // MARK: Revocation

    /// Who presents the whole token may end it: its holder, whoever found it, and a service, which says
    /// by its secret who it is. The answer is the same for a token that never was (RFC 7009, section 2.2).
    ///
    /// The ledger is asked, and not the index: what was made on another node a moment ago this one may not know
    /// yet, and nothing while it starts.
    private func revoke(_ request: Request) async throws(OAuthFault) -> Response {
        let form = try OAuthForm(request)
        let service = try authentication.service(of: request, form)
        let credential = try form.credential(settings.format)
        if case .notAToken(_, let likeness) = credential, likeness != .none {
            // Who sends it with a line's end or in quotes means to end it, and by a 200 would believe that it is.
            throw .notWhole(likeness, desk: settings.deskAddress)
        }
        if let digest = credential.digest {
            try await revoke(
                digest, by: service, address: request.clientAddress(trusting: settings.trustedProxies))
        }
        return Response(status: 200, headers: ["Cache-Control": "no-store"])
    }

    private func revoke(
        _ digest: TokenDigest, by service: Service?, address: IPAddress?
    ) async throws(OAuthFault) {
        let now = clock.now
        let reason: Token.Revocation.Reason = service == nil ? .byItself : .byService
        do throws(LedgerError) {
            guard let token = try await ledger.token(digest), token.revocation == nil else { return }
            let name = token.name.text
            let event = Event(
                .tokenRevoked, at: now, actor: nil, subject: token.owner, token: token.id,
                address: address?.description ?? "",
                detail: service.map { "\(name) (by the service \($0.name))" } ?? "\(name) (by who held it)")
            try await ledger.revoke(token.id, .init(at: now, by: nil, reason: reason), event: event)
        } catch {
            throw .ledger(error)
        }
    }
}
