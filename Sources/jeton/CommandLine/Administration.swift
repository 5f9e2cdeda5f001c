import Curl
import HTTPServer
import JSON
import Ledger
import SignIn
import Tokens

/// Carries out the operator's commands through ``AdminAPI``: by a request to the running server, so that changes
/// apply at once, or in this process where no server runs. With a ``remote`` desk, by its API over the network.
struct Administration: Sendable {
    let context: CommandContext
    /// A desk somewhere, and a token with `jeton:admin` there; `nil` for the one on this machine.
    var remote: (desk: DeskClient, secret: String)?
    /// Whether to create the ledger if there is none.
    var createsLedger = false

    /// How long to wait for a server that is starting or stopping.
    private static let patience = Duration.seconds(10)
    /// The most bytes of an answer: more than the list of all tokens of a large organisation.
    private static let answerLimit = 256 << 20
    /// The most milliseconds until an answer.
    private static let answerTimeout = 300_000

    /// The path of people, which is another over the network.
    var people: String { remote == nil ? "/users" : "/people" }

    /// Sends a request and returns the JSON of the answer. Throws the text of a problem (RFC 9457).
    func send(_ method: String, _ path: String, _ body: JSONValue? = nil) async throws(CommandFailure)
        -> JSONValue
    {
        let status: Int
        let value: JSONValue
        if let remote {
            (status, value) = try await answer(of: remote, method, path, body)
        } else {
            let bytes = body.map { Array($0.text.utf8) } ?? []
            let answer: [UInt8]
            (status, answer) = try await self.answer(method, "/admin/v1" + path, bytes)
            do throws(JSONFault) {
                value = try JSONValue(parsing: answer)
            } catch {
                throw .failed("the server's answer is not JSON: \(error)")
            }
        }
        guard status < 400 else {
            throw .failed(FieldOptions.sentence(of: value) ?? "the server answered with status \(status)")
        }
        return value
    }

    private func answer(
        of remote: (desk: DeskClient, secret: String), _ method: String, _ path: String, _ body: JSONValue?
    ) async throws(CommandFailure) -> (Int, JSONValue) {
        do throws(DeskClient.Silence) {
            let answer = try await remote.desk.send(
                method, "/admin" + path, secret: remote.secret, body: body, timeout: Self.answerTimeout,
                maxBytes: Self.answerLimit)
            guard let value = answer.value else {
                throw DeskClient.Silence(
                    reason: "status \(answer.status), without JSON", mayHaveWorked: answer.status >= 500)
            }
            return (answer.status, value)
        } catch {
            throw .failed(
                error.mayHaveWorked
                    ? "the desk's answer did not come (\(error.reason)): it is not known whether this was done"
                    : "the desk was not reached (\(error.reason))")
        }
    }

    private func answer(
        _ method: String, _ path: String, _ body: [UInt8]
    ) async throws(CommandFailure) -> (Int, [UInt8]) {
        // Read also where the server has its own, so that its faults show now.
        let configuration = try context.configuration()
        let search = LedgerSearch(
            data: context.data, configuration: configuration, createsLedger: createsLedger)
        let end = ContinuousClock.now + Self.patience
        while true {
            let failure: CommandFailure
            switch try await search.look() {
            case .here(let folder, let ledger):
                defer { withExtendedLifetime(folder) {} }
                return try await answerHere(method, path, body, configuration, ledger)
            case .server(let socket):
                do throws(HTTPClientError) {
                    let answer = try await HTTPClient().send(
                        method, "http://localhost" + path,
                        headers: [.init("Content-Type", "application/json")], body: body, unixSocket: socket,
                        timeout: Self.answerTimeout, maxBytes: Self.answerLimit)
                    return (answer.status, answer.body)
                } catch {
                    failure = try silence(of: socket, error)
                }
            case .busy(let why): failure = why
            }
            guard ContinuousClock.now < end else { throw failure }
            try? await Task.sleep(for: .milliseconds(100))
        }
    }

    /// The failure to report if the server still does not answer later. Throws it where waiting is of no use.
    private func silence(
        of socket: String, _ error: HTTPClientError
    ) throws(CommandFailure) -> CommandFailure {
        let silent = LedgerSearch.silent(context.data.path, socket, error)
        // The request may have been carried out: it must not be sent again.
        guard case .cannotConnect = error else { throw silent }
        guard try context.data.isOurs() else { throw LedgerSearch.otherUser(context.data) }
        return silent
    }

    /// Opens the ledger in this process, for this one request.
    private func answerHere(
        _ method: String, _ path: String, _ body: [UInt8], _ configuration: Configuration,
        _ ledger: LedgerLock?
    ) async throws(CommandFailure) -> (Int, [UInt8]) {
        defer { withExtendedLifetime(ledger) {} }
        let components = try Components(
            configuration, data: context.data, lock: ledger, createsLedger: createsLedger)
        // Without a configuration the services are unknown.
        let services = configuration.serviceSections.isEmpty ? nil : configuration.services
        let request = Request(
            method, path, headers: ["Content-Type": "application/json"], body: body, peer: .operator)
        let response = await components.admin(services: services).respond(to: request)
        await components.ledger.close()
        return (response.status, response.body)
    }
}

/// `text` as a segment of a path: percent-encoded with its dots, since `..` would be the folder above.
func pathPiece(_ text: String) -> String {
    text.percentEncoded { $0.isUnreserved && $0 != UInt8(ascii: ".") }
}

/// The flags that fill the fields of the API, so that an error names what was typed.
enum FieldOptions {
    /// The flag or operand for each field; empty where the API's sentence is complete without it.
    static let all = [
        "addresses": "", "administrator": "--admin", "break_glass": "--break-glass", "email": "--email",
        "expires_at": "--expires", "groups": "", "login": "LOGIN", "name": "--name", "owners": "",
        "password": "the password", "path": "FILE", "purpose": "--purpose", "review_on": "--review",
        "after": "--after", "address": "--address", "from": "--from", "kind": "--kind", "limit": "--limit",
        "token": "--token", "until": "--until", "who": "--who",
        "allows": "--allows", "client": "--client", "created_from": "--created-from",
        "created_until": "--created-until", "finding": "--finding", "owner": "--user", "q": "--search",
        "sort": "--sort", "state": "--state", "used_from": "--used-from", "used_until": "--used-until",
        "scopes": "", "service": "--service", "services": "", "seconds": "--for", "since": "--since",
        "stewards": "", "account": "--account", "issuer": "--issuer", "claims": "--claim",
        "patterns": "--claim-pattern",
        "lifetime": "--lifetime", "lifetime_seconds": "--lifetime", "identity": "--token-file",
        "title": "--title", "user": "--user", "word": "--word",
    ]

    /// The text of a problem (RFC 9457), with flags in place of fields; `nil` if `problem` is none.
    static func sentence(of problem: JSONValue) -> String? {
        let faults = problem["errors"]?.array ?? []
        guard !faults.isEmpty else { return problem["detail"]?.string }
        return faults.map { fault in
            let field = fault["field"]?.string ?? ""
            let word = all[field] ?? field
            return (word.isEmpty ? "" : word + " ") + (fault["detail"]?.string ?? "")
        }.joined(separator: "; ") + "."
    }
}
