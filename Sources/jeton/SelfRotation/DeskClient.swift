import Curl
import JSON
import Tokens

/// The API of a desk somewhere, with a token.
struct DeskClient: Sendable {
    /// The desk's address without a slash at its end.
    private let address: String

    /// Why there is no answer, and whether the request may have been carried out.
    struct Silence: Error {
        let reason: String
        let mayHaveWorked: Bool
    }

    /// Throws wrong usage unless `address` is https, or http on this machine: a secret goes there.
    init(_ address: String) throws(CommandFailure) {
        let text = address.withoutLastSlash
        let parts = text.split(separator: "://", maxSplits: 1).map(String.init)
        let authority = parts.count == 2 ? parts[1].prefix { $0 != "/" && $0 != "?" && $0 != "#" } : ""
        let local = ["localhost", "127.0.0.1", "[::1]"].contains {
            authority == $0 || authority.hasPrefix("\($0):")
        }
        guard !authority.isEmpty, !authority.contains("@"), parts[0] == "https" || parts[0] == "http" else {
            throw .misused("--desk takes the desk's address such as https://tokens.example.com")
        }
        guard parts[0] == "https" || local else {
            throw .misused("--desk must begin with https://, since the secret is sent there")
        }
        self.address = text
    }

    /// Sends a request of the API below `base`, with limits as ``HTTPClient`` has them.
    func send(
        _ method: String, _ path: String, secret: String, body: JSONValue? = nil, timeout: Int = 30_000,
        maxBytes: Int = 1 << 20, base: String = "/api/v1"
    ) async throws(Silence) -> (status: Int, value: JSONValue?) {
        var headers: [HTTPClient.HeaderField] = [.init("Authorization", "Bearer \(secret)")]
        if body != nil { headers.append(.init("Content-Type", "application/json")) }
        do throws(HTTPClientError) {
            let answer = try await HTTPClient().send(
                method, "\(address)\(base)\(path)", headers: headers,
                body: body.map { Array($0.text.utf8) } ?? [], timeout: timeout, maxBytes: maxBytes)
            return (answer.status, try? JSONValue(parsing: answer.body))
        } catch {
            switch error {
            case .badAddress, .badHeader, .cannotConnect:
                throw Silence(reason: error.description, mayHaveWorked: false)
            default: throw Silence(reason: error.description, mayHaveWorked: true)
            }
        }
    }
}
