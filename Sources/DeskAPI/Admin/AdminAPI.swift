public import Desk
public import HTTPServer
import JSON
import Ledger
import SignIn
public import Tokens

/// The administration as JSON, at two doors with the same handlers.
///
/// The operator's, at `/admin/v1/…`, is behind `jeton user`, `jeton account`, `jeton token`, `jeton passwords` and
/// `jeton backup`. It does not authenticate anybody. It must only be reached through the socket in the data folder, which
/// its owner alone may open, or within the process.
///
/// That of overseers, at `/api/v1/admin/…`, is in `AdminAPI+Network`.
public struct AdminAPI: Sendable {
    let people: PeopleDesk
    let tokens: TokenDesk
    let accounts: AccountDesk
    let oversight: Oversight
    let inventory: Inventory
    let bulk: BulkDesk
    let notices: NoticeDesk
    let trust: TrustDesk
    let clock: Clock
    let address: String
    let door: AdminDoor
    private let writeBackup: @Sendable (String) async throws -> Void

    public static let base = "/admin/v1"

    /// - Parameters:
    ///   - address: the desk's public address, without a slash at its end.
    ///   - door: who may call it.
    ///   - backup: writes a copy of the ledger to a new file of that path.
    public init(
        people: PeopleDesk, tokens: TokenDesk, accounts: AccountDesk, oversight: Oversight,
        inventory: Inventory,
        bulk: BulkDesk, notices: NoticeDesk, trust: TrustDesk, clock: Clock, address: String,
        door: AdminDoor = .operators,
        backup: @escaping @Sendable (String) async throws -> Void = { _ in }
    ) {
        self.people = people
        self.tokens = tokens
        self.accounts = accounts
        self.oversight = oversight
        self.inventory = inventory
        self.bulk = bulk
        self.notices = notices
        self.trust = trust
        self.clock = clock
        self.address = address
        self.door = door
        writeBackup = backup
    }

    /// A router of its own, so that nobody else reaches these routes.
    public var router: Router {
        var router = Router(usualQuery: []) { _, refusal in Problem.refusal(refusal).response }
        router.group(Self.base, errors: Self.response) { admin in
            addPeople(to: &admin, at: "/users")
            addOperatorsPeople(to: &admin)
            admin.on("GET", "/accounts", query: ["unattended"]) { request in try await listAccounts(request) }
            addAccounts(to: &admin)
            addTokens(to: &admin)
            addOperatorsTokens(to: &admin)
            addPasswords(to: &admin)
            addRequests(to: &admin)
            addPolicy(to: &admin)
            addEvents(to: &admin)
            addSelections(to: &admin)
            addIncidents(to: &admin)
            addNotices(to: &admin)
            addOperatorsWebhooks(to: &admin)
            addState(to: &admin)
            addDecoys(to: &admin)
            addTrust(to: &admin)
            admin.on("POST", "/backup") { request in try await backup(request) }
        }
        return router
    }

    private func backup(_ request: Request) async throws -> Response {
        var body = try JSONBody(request)
        let path = body.requiredString("path")
        try body.finish()
        try await writeBackup(path)
        return Self.answer(["path": .string(path)])
    }

    /// Adds a route for whoever may come through the door. Reading is for those who may audit, and all else for those
    /// who may act, unless `right` says otherwise.
    func add<each Value: PathParameter>(
        _ method: String, _ path: String, to group: inout RouteGroup, for right: OversightRight? = nil,
        limits: RouteLimits? = nil, query: QueryNames? = nil, urgent: Bool = false,
        handler: @escaping @Sendable (Request, Requester, repeat each Value) async throws -> Response
    ) {
        let right = right ?? (method == "GET" ? .audit : .administration)
        group.on(method, path, limits: limits, query: query, urgent: urgent) {
            (request: Request, values: repeat each Value) in
            try await handler(request, try await door.requester(request, right), repeat each values)
        }
    }

    // MARK: Answers

    static func answer(_ value: JSONValue, status: Int = 200) -> Response {
        Response(status: status, .json, value.text + "\n", headers: ["Cache-Control": "no-store"])
    }

    /// The response to an error of a handler. It has the ledger's own reason, which others than the operator do not get.
    static func response(to error: any Error, _ request: Request) throws -> Response {
        switch error {
        case DeskFault.ledger(let error), let error as LedgerError:
            throw Failure(failed(sentence(error)).response, reason: error.description)
        case DeskFault.noSuchToken:
            return noSuchToken("There is no such token.").response
        case DeskFault.noSuchRequest:
            return Problem(
                status: 404, kind: "no-such-request", title: "No such request",
                detail: "There is no such request: `jeton request list` lists them."
            ).response
        case let fault as SignInFault:
            return Problem(
                status: fault.status, kind: "password-refused", title: "The password was refused",
                detail: fault.description
            ).response
        default: return try Problem.response(to: error, request)
        }
    }

    private static func failed(_ detail: String) -> Problem {
        Problem(status: 503, kind: "ledger-failed", title: "The ledger failed", detail: detail)
    }

    private static func sentence(_ error: LedgerError) -> String {
        let said = "\(error.description.prefix(1).uppercased())\(error.description.dropFirst())."
        guard case .failed = error else { return said }
        return said + " Nothing was changed."
    }

    static func noSuchToken(_ detail: String) -> Problem {
        Problem(status: 404, kind: "no-such-token", title: "No such token", detail: detail)
    }

    /// The person or service account with that login. Throws a ``Problem`` if there is none.
    func subject(_ login: String) async throws -> Subject {
        do throws(DeskFault) {
            guard let known = try? Login(login) else { throw .noSuchPerson }
            return try await people.person(login: known)
        } catch {
            guard error == .noSuchPerson else { throw error }
            throw Problem.noSuchPerson("There is nobody with the login “\(login.prefix(Login.limit))”.")
        }
    }
}

/// Who calls the administration.
public struct AdminDoor: Sendable {
    /// The requester who sent a request, who may do what needs that right.
    let requester: @Sendable (Request, OversightRight) async throws -> Requester
    /// Whether it is the operator, whom sentences tell which command to use.
    let isOperators: Bool

    /// The operator on the command line, as whom everybody acts who reaches it.
    public static let operators = AdminDoor(isOperators: true) { _, _ in .commandLine }

    /// Administrators at a browser, and tokens that oversee.
    public static func overseers(_ callers: CallerReader) -> AdminDoor {
        AdminDoor(isOperators: false) { request, right in
            try await callers.overseer(of: request, for: right).requester
        }
    }

    private init(
        isOperators: Bool,
        requester: @escaping @Sendable (Request, OversightRight) async throws -> Requester
    ) {
        self.isOperators = isOperators
        self.requester = requester
    }
}

extension AdminAPI {
    func addPasswords(to admin: inout RouteGroup) {
        admin.on("GET", "/passwords", query: ["format", "service", "since"]) { request in
            try await reportPasswords(request)
        }
    }

    /// Takes `since` (RFC 3339; 30 days ago by default), `service`, and `format=csv`.
    private func reportPasswords(_ request: Request) async throws -> Response {
        let items = request.queryItems
        let since =
            items["since"].flatMap { Timestamp(rfc3339: $0) } ?? clock.now - PasswordReport.defaultSpan
        let report = try await oversight.passwords(at: items["service"], since: since)
        if items["format"] == "csv" { return Self.answer(["csv": .string(report.csv)]) }
        return Self.answer([
            "since": .string(report.since.rfc3339),
            "services": .array(report.services.map { JSONValue($0) }),
            "uses": .array(report.uses.map { JSONValue($0) }),
        ])
    }
}

extension JSONValue {
    fileprivate init(_ entry: PasswordReport.ServiceEntry) {
        var until: Timestamp?
        var isOpen = false
        if case .transition(let end)? = entry.policy { (until, isOpen) = (end, true) }
        self = .object([
            "service": .string(entry.name), "passwords": .string(isOpen ? "transition" : "refused"),
            "passwords_until": .optional(until?.date), "people": .integer(Int64(entry.people)),
        ])
    }

    fileprivate init(_ listed: ListedPasswordUse) {
        self = .object([
            "login": .string(listed.owner.login.text), "name": .string(listed.owner.name),
            "service": .string(listed.use.service), "client": .string(listed.use.client),
            "address": .string(listed.use.address), "count": .integer(Int64(listed.use.count)),
            "last": .string(listed.use.lastAt.rfc3339),
        ])
    }
}
