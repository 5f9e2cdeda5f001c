import HTTPClient
import HTTPServer
import JSON
import Ledger
import SignIn

/// How the operator's commands are carried out: by the running server, so that what it answers holds at
/// once, and where none runs in this process. Both ask the same of ``AdminAPI``.
struct Administration: Sendable {
    let context: CommandContext
    /// Whether a ledger is made where there is none yet.
    var makesLedger = false

    /// How long to wait for a server that starts or ends.
    private static let patience = Duration.seconds(10)
    /// More than a list of all tokens of a large house.
    private static let answerLimit = 256 << 20

    /// The answer's JSON; throws the sentence of a problem.
    func send(_ method: String, _ path: String, _ body: JSONValue? = nil) async throws(CommandFailure)
        -> JSONValue
    {
        let bytes = body.map { Array($0.text.utf8) } ?? []
        let (status, answer) = try await answer(method, "/admin/v1" + path, bytes)
        let value: JSONValue
        do throws(JSONFault) {
            value = try JSONValue(parsing: answer)
        } catch {
            throw .failed("the server's answer is no JSON: \(error)")
        }
        guard status < 400 else {
            throw .failed(FieldOptions.sentence(of: value) ?? "the server answered with the status \(status)")
        }
        return value
    }

    private func answer(
        _ method: String, _ path: String, _ body: [UInt8]
    ) async throws(CommandFailure) -> (Int, [UInt8]) {
        // Read even where the server has its own, so that a fault in it is not found later.
        let configuration = try context.configuration()
        let search = LedgerSearch(data: context.data, configuration: configuration, makesLedger: makesLedger)
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
                        timeout: 300_000, maxBytes: Self.answerLimit)
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

    /// What to say of a server that gave no answer, if that lasts; thrown where there is nothing to wait for.
    private func silence(
        of socket: String, _ error: HTTPClientError
    ) throws(CommandFailure) -> CommandFailure {
        let silent = LedgerSearch.silent(context.data.path, socket, error)
        // Whatever was asked may have been done: it must not be asked again.
        guard case .cannotConnect = error else { throw silent }
        guard try context.data.isOurs() else { throw LedgerSearch.otherUser(context.data) }
        return silent
    }

    /// Without a server: the ledger is opened here, for this one request.
    private func answerHere(
        _ method: String, _ path: String, _ body: [UInt8], _ configuration: Configuration,
        _ ledger: LedgerLock?
    ) async throws(CommandFailure) -> (Int, [UInt8]) {
        defer { withExtendedLifetime(ledger) {} }
        let components = try Components(
            configuration, data: context.data, lock: ledger, makesLedger: makesLedger)
        // Which services the server guards is known only where a configuration says so.
        let services = configuration.serviceDrafts.isEmpty ? nil : configuration.services
        let request = Request(
            method, path, headers: ["Content-Type": "application/json"], body: body, peer: nil)
        let response = await Application(router: components.admin(services: services)).respond(to: request)
        await components.ledger.close()
        return (response.status, response.body)
    }
}

/// `text` as a piece of a path: all but RFC 3986's unreserved characters percent-encoded.
func pathPiece(_ text: String) -> String {
    let hex = Array("0123456789ABCDEF".utf8)
    var bytes: [UInt8] = []
    for byte in text.utf8 {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "~"):
            bytes.append(byte)
        default: bytes += [UInt8(ascii: "%"), hex[Int(byte >> 4)], hex[Int(byte & 15)]]
        }
    }
    return String(decoding: bytes, as: UTF8.self)
}
