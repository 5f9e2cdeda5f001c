public import Gate
public import HTTPServer
import JSON
public import Ledger
public import Tokens

/// SCIM 2.0 for identity providers (RFC 7643, RFC 7644), at `/scim/v2`: people and groups.
public struct SCIMAPI: Sendable {
    let ledger: any ProvisioningLedger & SubjectLedger & EventLedger
    let clock: Clock
    /// The public address of SCIM.
    let address: String
    /// The groups whose members are administrators; empty if the desk decides who is one.
    let administrators: [String]
    private let authentication: TokenAuthentication
    private let deskAddress: DeskAddress

    public static let base = "/scim/v2"

    /// - Parameters:
    ///   - address: the desk's public address, without a slash at its end.
    ///   - administrators: the groups whose members are administrators. If there are any, people whose groups are
    ///     changed here and who are in none of them are not.
    public init(
        ledger: any ProvisioningLedger & SubjectLedger & EventLedger, authentication: TokenAuthentication,
        clock: Clock, address: String, administrators: [String] = []
    ) {
        self.ledger = ledger
        self.authentication = authentication
        self.clock = clock
        self.administrators = administrators
        self.address = address + Self.base
        deskAddress = DeskAddress(publicURL: address)
    }

    public func addRoutes(to router: inout Router) {
        // Unknown query parameters are ignored (RFC 7644, section 3.4.2).
        router.group(Self.base, limits: .document, errors: response) { scim in
            addDiscovery(to: &scim)
            addUsers(to: &scim)
            addGroups(to: &scim)
            add("POST", "/.search", to: &scim) { request, _ in try await searchAll(request) }
        }
    }

    /// Whether clients of that path expect SCIM responses, even where there is no such route.
    public static func isIts(_ path: String) -> Bool { path == "/scim" || path.hasPrefix("/scim/") }

    /// The response where no route matches.
    public static func refusal(_ refusal: Router.Refusal) -> Response {
        switch refusal {
        case .notFound: SCIMFault.notFound.response
        case .methodNotAllowed, .bodyTooLarge, .tooManyPairs, .unknownParameter:
            SCIMFault(status: refusal.status, refusal.sentence).response
        }
    }

    // MARK: Every route

    /// Adds a route for authenticated provisioners.
    func add<each Value: PathParameter>(
        _ method: String, _ pattern: String, to group: inout RouteGroup,
        handler: @escaping @Sendable (Request, Provisioner, repeat each Value) async throws -> Response
    ) {
        group.on(method, pattern) { (request: Request, values: repeat each Value) in
            try await handler(request, try provisioner(of: request), repeat each values)
        }
    }

    /// The response to an error of a handler. Throws a ``Failure`` where the ledger failed, so that the reason is logged.
    private func response(to error: any Error, _ request: Request) throws -> Response {
        switch error {
        case let fault as SCIMFault: return fault.response
        case let error as LedgerError:
            throw Failure(SCIMFault(error).response, reason: error.description)
        default: throw error
        }
    }

    /// The holder of a token with `jeton:scim` whose owner is an administrator.
    private func provisioner(of request: Request) throws(SCIMFault) -> Provisioner {
        switch authentication.holder(of: request, takesPrevious: true) {
        case .failure(let denial): throw refused(denial, request)
        case .success(let holder):
            guard holder.token.scopes.allow(.scim) else {
                throw .forbidden(
                    "this token cannot provision: use a token with the scope \(DeskScope.scim.text) alone")
            }
            guard holder.owner.isAdministrator else {
                throw .forbidden(
                    "the owner of this token is no longer an administrator: use a token of another administrator"
                )
            }
            return Provisioner(
                token: holder.token, address: authentication.address(of: request)?.description ?? "",
                now: clock.now)
        }
    }

    /// The refusal of an `externalId` that another resource has. Also adds an event.
    func refusal(
        ofTaken kind: ResourceKind, _ subject: SubjectID?, _ name: String, _ provisioner: Provisioner
    ) async throws -> SCIMFault {
        try await ledger.add(
            provisioner.event(.provisioningRefused, subject, "external_id_taken: \(name)"))
        return SCIMFault(
            status: 409, .uniqueness,
            "another \(kind.name.lowercased()) has this externalId: find it with a filter, and change that one"
        )
    }

    private func refused(_ denial: Denial, _ request: Request) -> SCIMFault {
        let sentence = denial.sentence(
            service: "SCIM", access: .write, desk: deskAddress.tokens(of: authentication.owner(of: request)),
            address: authentication.address(of: request),
            rule: denial == .policy ? authentication.brokenRule(of: request) : nil)
        var headers: Headers = ["X-Jeton-Reason": denial.reason]
        // RFC 6750, section 3.1: no error code where no credentials were sent.
        let error = denial == .noCredentials ? "" : ", error=\"invalid_token\""
        if denial.status == 401 { headers["WWW-Authenticate"] = "Bearer realm=\"Jeton\"\(error)" }
        if let wait = denial.retryAfter { headers["Retry-After"] = String(wait.seconds) }
        return SCIMFault(status: denial.status, sentence, headers: headers)
    }
}

extension SCIMFault {
    fileprivate static func forbidden(_ detail: String) -> SCIMFault {
        SCIMFault(status: 403, detail, headers: ["X-Jeton-Reason": Denial.insufficientScope.reason])
    }
}

/// An authenticated request to provision.
struct Provisioner: Sendable {
    let token: TokenRecord
    let address: String
    let now: Timestamp

    func event(_ kind: Event.Kind, _ subject: SubjectID? = nil, _ detail: String = "") -> Event {
        Event(
            kind, at: now, actor: token.owner, by: token.id, subject: subject, token: token.id,
            address: address, detail: detail)
    }
}
