public import Desk
public import HTTPServer
import JSON
public import Ledger
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
    let ledger: any Ledger
    let clock: Clock
    let services: [Service]?
    /// The desk's public address, without a slash at its end.
    let address: String
    private let format: TokenFormat

    /// The path of the API's version.
    public static let base = "/admin/v1"

    /// An API over `ledger`. `services` are those that tokens can be made for; where they are not known,
    /// `nil`, a token can be made for any that a scope names. People reach the desk at `address`.
    public init(
        people: PeopleDesk, ledger: any Ledger, services: [Service]?, clock: Clock, format: TokenFormat,
        address: String
    ) {
        self.people = people
        self.ledger = ledger
        self.services = services
        self.clock = clock
        self.address = address
        self.format = format
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

    /// What can be done with tokens.
    var tokenDesk: TokenDesk {
        TokenDesk(ledger: ledger, services: services, clock: clock, format: format)
    }

    private func backup(_ request: Request) async throws -> Response {
        var body = try JSONBody(request)
        let path = body.requiredString("path")
        try body.finish()
        try await ledger.backup(to: path)
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
        if let known = try? Login(login), let subject = try await ledger.subject(login: known) {
            return subject
        }
        throw Problem(
            status: 404, kind: "no-such-person", title: "No such person",
            detail: "There is nobody with the login “\(login.prefix(Login.limit))”.")
    }
}
