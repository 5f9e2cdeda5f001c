import HTTPClient
import HTTPServer
import JSON
import Ledger
import SignIn

/// How the operator's commands are carried out: by the running server, so that what it answers holds at
/// once, and where none runs in this process. Both ask the same of ``AdminAPI``.
struct Administration: Sendable {
    let place: Place
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
            throw .failed(value["detail"]?.string ?? "the server answered with the status \(status)")
        }
        return value
    }

    private func answer(
        _ method: String, _ path: String, _ body: [UInt8]
    ) async throws(CommandFailure) -> (Int, [UInt8]) {
        // Read even where the server has its own, so that a fault in it is not found later.
        let configuration = try place.configuration()
        let data = place.data
        let ledger = configuration.ledger.path(in: data.path)
        if !Files.exists(data.path) {
            // A ledger elsewhere is reached from any machine.
            guard makesLedger || ledger == nil else {
                throw .failed(
                    "there is no data folder \(data.path): name the right one with --data or JETON_DATA")
            }
            try data.prepare()
        }
        // What this process would write into another user's folder, its server could not read.
        let isOurs = try data.isOurs()
        let end = ContinuousClock.now + Self.patience
        while true {
            if isOurs, let lock = try data.lock() {
                defer { withExtendedLifetime(lock) {} }
                try data.prepare()
                if let ledger, !makesLedger, !Files.exists(ledger) {
                    throw .failed(
                        "there is no ledger \(ledger): name the right data folder with --data or JETON_DATA")
                }
                return try await answerHere(method, path, body, configuration)
            }
            do throws(HTTPClientError) {
                let answer = try await HTTPClient().send(
                    method, "http://localhost" + path, headers: [.init("Content-Type", "application/json")],
                    body: body, unixSocket: data.socket, timeout: 300_000, maxBytes: Self.answerLimit)
                return (answer.status, answer.body)
            } catch .cannotConnect where !isOurs {
                throw .failed(
                    "no jeton can be reached at \(data.path), which belongs to another user: "
                        + "run this as that user")
            } catch .cannotConnect where ContinuousClock.now < end {
                try? await Task.sleep(for: .milliseconds(100))
            } catch {
                throw .failed(
                    "another jeton uses \(data.path), but does not answer at \(data.socket): \(error); "
                        + "start that one anew")
            }
        }
    }

    /// Without a server: the ledger is opened here, for this one request.
    private func answerHere(
        _ method: String, _ path: String, _ body: [UInt8], _ configuration: Configuration
    ) async throws(CommandFailure) -> (Int, [UInt8]) {
        let house = try House(configuration, data: place.data)
        // Which services the server guards is known only where a configuration says so.
        let services = configuration.serviceDrafts.isEmpty ? nil : configuration.services
        let request = Request(
            method, path, headers: ["Content-Type": "application/json"], body: body, peer: nil)
        let response = await Application(router: house.admin(services: services)).respond(to: request)
        await house.ledger.close()
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
