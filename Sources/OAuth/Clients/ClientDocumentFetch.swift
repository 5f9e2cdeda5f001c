import Curl
import JSON
import Tokens

/// Fetches the metadata of a program from its address, which a stranger chose.
///
/// Every address that the host has must be one of the public internet, and the connection goes to those: a second look-up
/// could find another. Port 443 only, no redirect, no proxy, 5 seconds, 64 KiB.
public struct ClientDocumentFetch: Sendable {
    /// The addresses of a host, by name.
    let resolve: @Sendable (WebAddress) async -> [String]
    /// Sends a GET to those addresses.
    let get: @Sendable (_ url: String, PinnedHost) async throws(HTTPClientError) -> Answer

    struct Answer: Hashable, Sendable {
        let status: Int
        /// `Content-Type`.
        let type: String
        let body: [UInt8]
    }

    /// In milliseconds.
    private static let timeout = 5000
    private static let limit = 64 * 1024

    /// Over the network. The file `authorities` has the certificates to trust in place of the system's.
    public init(trusting authorities: String? = nil) {
        resolve = { await $0.resolve() }
        get = { (url, pinned) throws(HTTPClientError) in
            let answer = try await HTTPClient().send(
                "GET", url, headers: [.init("Accept", "application/json"), .init("User-Agent", "Jeton")],
                trusting: authorities, pinned: pinned, timeout: Self.timeout, maxBytes: Self.limit)
            return Answer(
                status: answer.status, type: answer.header("content-type") ?? "", body: answer.body)
        }
    }

    init(
        resolve: @escaping @Sendable (WebAddress) async -> [String],
        get: @escaping @Sendable (String, PinnedHost) async throws(HTTPClientError) -> Answer
    ) {
        (self.resolve, self.get) = (resolve, get)
    }

    /// The client that the document describes. Nothing of what came is in a fault.
    func client(at address: ClientDocumentAddress) async throws(ClientDocumentFault) -> OAuthClient {
        let answer = try await answer(from: address)
        guard answer.status == 200 else { throw .badAnswer(address.host, .status) }
        let type = answer.type.split(separator: ";").first.map { $0.lowercased() } ?? ""
        let plain = type.filter { $0 != " " }
        guard plain == "application/json" || plain.hasPrefix("application/") && plain.hasSuffix("+json"),
            let json = try? JSONValue(parsing: answer.body)
        else { throw .badAnswer(address.host, .notJSON) }
        guard let id = json["client_id"]?.string, id.isExactly(address.text) else {
            throw .badDocument(address.host, "its client_id is another address")
        }
        let metadata: ClientMetadata
        do throws(ClientMetadata.Fault) {
            metadata = try ClientMetadata(json, takesSecrets: false)
        } catch {
            throw .badDocument(address.host, error.sentence)
        }
        return OAuthClient(
            id: address.text, title: metadata.name.map { "\($0) (\(address.host))" } ?? address.host,
            redirectURIs: metadata.redirectURIs, source: .document(host: address.host))
    }

    private func answer(
        from address: ClientDocumentAddress
    ) async throws(ClientDocumentFault) -> Answer {
        guard let web = WebAddress(address.text), web.scheme == "https", web.port == 443,
            web.host == address.host
        else { throw .notAllowed(address.host) }
        let found = await resolve(web)
        guard !found.isEmpty else { throw .unreachable(address.host) }
        guard found.allSatisfy({ IPAddress($0)?.isPublic == true }) else { throw .notPublic(address.host) }
        do throws(HTTPClientError) {
            return try await get(address.text, PinnedHost(web, at: found))
        } catch .tooLarge {
            throw .badAnswer(address.host, .size)
        } catch .timedOut {
            throw .badAnswer(address.host, .slow)
        } catch {
            throw .unreachable(address.host)
        }
    }
}

/// Why the desk does not know a program whose `client_id` is the address of its metadata.
public enum ClientDocumentFault: Error, Hashable, Sendable {
    /// The operator does not allow metadata from that host.
    case notAllowed(String)
    case unreachable(String)
    /// The host has an address of a private network.
    case notPublic(String)
    case badAnswer(String, BadAnswer)
    /// With what is wrong, in the desk's own words.
    case badDocument(String, String)
    /// This person, or all people together, had too many documents fetched.
    case tooMany

    /// What is wrong with an answer.
    public enum BadAnswer: String, Hashable, Sendable {
        case status = "the answer is not 200, and redirects are not followed"
        case notJSON = "the answer is no JSON"
        case size = "the answer is too large"
        case slow = "no answer came within 5 seconds"
    }

    /// For the person, with what to do.
    public var sentence: String {
        switch self {
        case .notAllowed(let host):
            "This desk does not read what programs say about themselves at \(host). "
                + "The operator can allow that host under oauth.client_metadata."
        case .unreachable(let host):
            "The program says that \(host) vouches for it, which cannot be reached. Try again later."
        case .notPublic(let host):
            "The program says that \(host) vouches for it, which is in a private network. "
                + "The operator can configure the program under oauth.clients."
        case .badAnswer(let host, let reason):
            "The program says that \(host) vouches for it, but \(reason.rawValue). Its makers have to correct that."
        case .badDocument(let host, let reason):
            "The program says that \(host) vouches for it, but what is there cannot be used: \(reason). "
                + "Its makers have to correct that."
        case .tooMany: "Too many programs were looked up just now. Wait ten minutes, then try again."
        }
    }
}
