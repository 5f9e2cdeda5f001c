public import Desk
public import HTTPServer
import JSON
import Ledger
import SignIn
public import Tokens

/// What the machine's operator does by `jeton user`, `jeton token`, `jeton passwords` and `jeton backup`, as
/// JSON:
/// `/admin/v1/…`.
///
/// It asks nobody who they are: it must be reached by the socket in the data folder alone, which
/// only its owner may open, or within the process.
public struct AdminAPI: Sendable {
    let people: PeopleDesk
    let tokens: TokenDesk
    let oversight: Oversight
    let clock: Clock
    /// The desk's public address, without a slash at its end.
    let address: String

    /// The path of the API's version.
    public static let base = "/admin/v1"

    /// An API over these desks, all over the same ledger. People reach the desk at `address`.
    public init(
        people: PeopleDesk, tokens: TokenDesk, oversight: Oversight, clock: Clock, address: String
    ) {
        self.people = people
        self.tokens = tokens
        self.oversight = oversight
        self.clock = clock
        self.address = address
    }

    /// The routes, which are not to be mixed with those that others may reach.
    public var router: Router {
        var router = Router(usualQuery: []) { _, refusal in Problem.refusal(refusal).response }
        addPeople(to: &router)
        addTokens(to: &router)
        addPasswords(to: &router)
        router.on("POST", "\(Self.base)/backup") { request in
            try await Self.answering { try await backup(request) }
        }
        return router
    }

    private func backup(_ request: Request) async throws -> Response {
        var body = try JSONBody(request)
        let path = body.requiredString("path")
        try body.finish()
        try await oversight.backup(to: path)
        return Self.answer(["path": .string(path)])
    }

    // MARK: Answers

    static func answer(_ value: JSONValue, status: Int = 200) -> Response {
        Response(status: status, .json, value.text + "\n", headers: ["Cache-Control": "no-store"])
    }

    /// What `body` answers, or the problem that it threw. The operator is told what the ledger says, as
    /// the log is; others are not.
    static func answering(_ body: () async throws -> Response) async throws -> Response {
        do {
            return try await body()
        } catch let problem as Problem {
            return problem.response
        } catch DeskFault.ledger(let error) {
            throw Failure(failed(sentence(error)).response, reason: error.description)
        } catch let error as LedgerError {
            throw Failure(failed(sentence(error)).response, reason: error.description)
        } catch DeskFault.noSuchToken {
            return noSuchToken("There is no such token.").response
        } catch let fault as DeskFault {
            return Problem(fault).response
        } catch let fault as SignInFault {
            return Problem(
                status: fault.status, kind: "password-refused", title: "The password is not taken",
                detail: fault.description
            ).response
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

    /// The person of that login, or the problem that there is none.
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

extension AdminAPI {
    func addPasswords(to router: inout Router) {
        router.on("GET", "\(Self.base)/passwords", query: ["format", "service", "since"]) { request in
            try await Self.answering { try await reportPasswords(request) }
        }
    }

    /// Who used a password since `since` (RFC 3339; the last 30 days), at `service` where it is given.
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
    fileprivate init(_ place: PasswordReport.ServiceEntry) {
        var until: Timestamp?
        var isOpen = false
        if case .transition(let end)? = place.policy { (until, isOpen) = (end, true) }
        self = .object([
            "service": .string(place.name), "passwords": .string(isOpen ? "transition" : "refused"),
            "passwords_until": .optional(until?.date), "people": .integer(Int64(place.people)),
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
