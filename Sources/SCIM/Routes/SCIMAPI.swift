public import Gate
public import HTTPServer
import JSON
public import Ledger
public import Tokens

/// What identity providers talk to: people and groups as SCIM 2.0 has them (RFC 7643, RFC 7644), under
/// `/scim/v2`.
public struct SCIMAPI: Sendable {
    let ledger: any Ledger
    let clock: Clock
    /// The public address of SCIM itself.
    let address: String
    /// The groups that make an administrator of whoever is in one.
    let administrators: [String]
    private let authentication: TokenAuthentication
    private let deskAddress: String

    /// The path of SCIM.
    public static let base = "/scim/v2"

    /// SCIM over `ledger`, for a desk that is reached at `address`, without a slash at its end. Where
    /// `administrators` is not empty, whoever is in one of these groups administers, and nobody else whose
    /// groups are changed here.
    public init(
        ledger: any Ledger, authentication: TokenAuthentication, clock: Clock, address: String,
        administrators: [String] = []
    ) {
        self.ledger = ledger
        self.authentication = authentication
        self.clock = clock
        self.administrators = administrators
        self.address = address + Self.base
        deskAddress = "\(address)/tokens"
    }

    /// Adds the routes.
    public func addRoutes(to router: inout Router) {
        addDiscovery(to: &router)
        addUsers(to: &router)
        addGroups(to: &router)
        add("POST", "/.search", to: &router) { request, _ in try await searchAll(request) }
    }

    /// Whether whoever asks for that path speaks SCIM, whether or not there is anything.
    public static func isIts(_ path: String) -> Bool { path == "/scim" || path.hasPrefix("/scim/") }

    /// What the router says where it has no handler.
    public static func refusal(_ refusal: Router.Refusal) -> Response {
        switch refusal {
        case .notFound: SCIMFault.notFound.response
        case .methodNotAllowed, .bodyTooLarge, .tooManyPairs, .unknownParameter:
            SCIMFault(status: refusal.status, refusal.sentence).response
        }
    }

    // MARK: What goes for every route

    typealias Handler = @Sendable (Request, Provisioner) async throws -> Response

    func add(_ method: String, _ pattern: String, to router: inout Router, handler: @escaping Handler) {
        // Query parameters that nobody knows are ignored (RFC 7644, section 3.4.2).
        router.on(method, Self.base + pattern, limits: .document) { request in
            try await answering { try await handler(request, try provisioner(of: request)) }
        }
    }

    func add<Value: PathParameter>(
        _ method: String, _ pattern: String, to router: inout Router,
        handler: @escaping @Sendable (Request, Provisioner, Value) async throws -> Response
    ) {
        router.on(method, Self.base + pattern, limits: .document) { (request, value: Value) in
            try await answering { try await handler(request, try provisioner(of: request), value) }
        }
    }

    /// What `body` answers, or the fault that it threw. A failure of the ledger is told to the log.
    private func answering(_ body: () async throws -> Response) async throws -> Response {
        do {
            return try await body()
        } catch let fault as SCIMFault {
            return fault.response
        } catch let error as LedgerError {
            throw Failure(SCIMFault(error).response, reason: error.description)
        }
    }

    /// Who provisions: whoever holds a token for that, and only as long as its owner administers.
    private func provisioner(of request: Request) throws(SCIMFault) -> Provisioner {
        switch authentication.holder(of: request) {
        case .failure(let denial): throw refused(denial, from: authentication.address(of: request))
        case .success(let holder):
            guard holder.token.scopes.canProvision else {
                throw .forbidden(
                    "this token may not provision: that needs one with the scope jeton:scim and no other")
            }
            guard holder.owner.isAdministrator else {
                throw .forbidden("the owner of this token does not administer any more: use another's")
            }
            return Provisioner(
                token: holder.token, address: authentication.address(of: request)?.description ?? "",
                now: clock.now)
        }
    }

    /// The refusal of an `externalId` that another resource has, which is also an event.
    func refusal(
        ofTaken kind: ResourceKind, _ subject: SubjectID?, _ name: String, _ provisioner: Provisioner
    ) async throws -> SCIMFault {
        try await ledger.add(
            provisioner.event(.provisioningRefused, subject, "external_id_taken: \(name)"))
        return SCIMFault(
            status: 409, .uniqueness,
            "another \(kind.name.lowercased()) has this externalId: find it by a filter, and change that one")
    }

    private func refused(_ denial: Denial, from address: IPAddress?) -> SCIMFault {
        let sentence = denial.sentence(service: "SCIM", access: .write, desk: deskAddress, address: address)
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

/// Who provisions, from where, and when.
struct Provisioner: Sendable {
    let token: TokenRecord
    let address: String
    let now: Timestamp

    func event(_ kind: Event.Kind, _ subject: SubjectID? = nil, _ detail: String = "") -> Event {
        Event(
            kind, at: now, actor: token.owner, subject: subject, token: token.id, address: address,
            detail: detail)
    }
}
