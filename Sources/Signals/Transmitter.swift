import Curl
import JOSE
import JSON
import SignIn
import Sodium
import Tokens

/// The requests of this server to the transmitter. Each has 5 seconds and 1 MB, and follows no redirect.
actor Transmitter {
    /// An answer of 2xx to a request of stream management.
    struct Answer: Sendable {
        let status: Int
        /// `nil` for an empty body.
        let document: JSONValue?
    }

    private let settings: SignalSettings
    private let clock: Clock
    private let client = HTTPClient()
    // Moments of the steady clock.
    private var known: (metadata: TransmitterMetadata, at: Timestamp)?
    private var access: (token: String, until: Timestamp)?

    private static let cacheLifetime = TimeSpan.hours(1)
    /// The longest time for which an access token is used (CAEP 1.0 Interoperability Profile).
    private static let longestAccess = TimeSpan.minutes(60)
    private static let timeout = 5000
    private static let maxBytes = 1 << 20

    init(_ settings: SignalSettings, clock: Clock) {
        (self.settings, self.clock) = (settings, clock)
    }

    // MARK: What it says of itself

    /// The members of complex subjects that must be understood, where its metadata was read; else `nil`.
    var knownCriticalMembers: Set<String>? { known?.metadata.criticalMembers }

    /// Its metadata, cached for an hour, and longer while it does not answer.
    func metadata() async throws(TransmitterFault) -> TransmitterMetadata {
        if let known, known.at.isWithin(Self.cacheLifetime, before: clock.steady) { return known.metadata }
        do throws(TransmitterFault) {
            let answer = try await exchange(
                .metadata, "GET", TransmitterMetadata.address(of: settings.issuer))
            let document = try Self.document(.metadata, answer)
            let metadata = try TransmitterMetadata(document, issuer: settings.issuer)
            known = (metadata, clock.steady)
            return metadata
        } catch {
            guard let known else { throw error }
            return known.metadata
        }
    }

    /// Its public keys.
    func keys() async -> Result<JWKSet, OIDCFault> {
        do throws(TransmitterFault) {
            let answer = try await exchange(.keys, "GET", try await keysAddress())
            guard answer.status == 200 else { throw .refused(.keys, status: answer.status, code: nil) }
            return Result { () throws(JOSEFault) in try JWKSet(parsing: answer.body) }.mapError {
                .signature($0)
            }
        } catch {
            return .failure(error.asKeyFault)
        }
    }

    private func keysAddress() async throws(TransmitterFault) -> String {
        if let address = settings.keysAddress { return address }
        guard let address = try await metadata().keysAddress else { throw .noAddress(.keys) }
        return address.text
    }

    // MARK: Requests of stream management

    /// Sends a request with an access token. Throws where the answer is not 2xx, or has a body that is no JSON object.
    func send(
        _ asked: TransmitterFault.Asked, _ method: String, _ address: String, _ body: JSONValue? = nil,
        timeout: Int = Transmitter.timeout
    ) async throws(TransmitterFault) -> Answer {
        var headers = [HTTPClient.HeaderField("Authorization", "Bearer \(try await accessToken())")]
        if body != nil { headers.append(HTTPClient.HeaderField("Content-Type", "application/json")) }
        let answer = try await exchange(
            asked, method, address, headers: headers, body: body.map { Array($0.text.utf8) } ?? [],
            timeout: timeout)
        // The token may have been withdrawn.
        if answer.status == 401 { access = nil }
        guard (200...299).contains(answer.status) else {
            throw .refused(asked, status: answer.status, code: Self.code(answer))
        }
        guard !answer.body.isEmpty else { return Answer(status: answer.status, document: nil) }
        return Answer(status: answer.status, document: try Self.document(asked, answer, isOurs: isOurs))
    }

    /// Whether one of several streams is this desk's.
    private func isOurs(_ stream: JSONValue) -> Bool {
        guard settings.management?.polls != true else { return stream["description"]?.string == "Jeton" }
        return stream["delivery"]?["endpoint_url"]?.string?.isExactly(settings.endpoint) ?? false
    }

    /// Gets an access token by the client's credentials (RFC 6749, section 4.4), or returns the one that is still good.
    private func accessToken() async throws(TransmitterFault) -> String {
        guard let management = settings.management else { throw .notManaged }
        if let access, clock.steady < access.until { return access.token }
        let pair = [management.clientID, management.clientSecret.text].map(\.percentEncoded)
            .joined(separator: ":")
        let answer = try await exchange(
            .token, "POST", try await tokenEndpoint(management),
            headers: [
                HTTPClient.HeaderField("Content-Type", "application/x-www-form-urlencoded"),
                HTTPClient.HeaderField("Authorization", "Basic \(Sodium.base64(Array(pair.utf8)))"),
            ], body: Array("grant_type=client_credentials&scope=ssf.manage%20ssf.read".utf8))
        guard answer.status == 200 else {
            throw .refused(.token, status: answer.status, code: Self.code(answer))
        }
        let document = try Self.document(.token, answer)
        guard let token = document["access_token"]?.string, !token.isEmpty,
            token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { throw .malformed(.token, what: "it has no `access_token`") }
        let lasting = TimeSpan.seconds(max(0, (document["expires_in"]?.integer ?? 300) - 30))
        access = (token, clock.steady + min(lasting, Self.longestAccess))
        return token
    }

    private func tokenEndpoint(_ management: SignalSettings.Management) async throws(TransmitterFault)
        -> String
    {
        if let address = management.tokenEndpoint { return address }
        let answer = try await exchange(.token, "GET", ProviderAddress.discovery(of: settings.issuer))
        let document = try Self.document(.token, answer)
        guard let address = document["token_endpoint"]?.string.flatMap(ProviderAddress.init) else {
            throw .noAddress(.token)
        }
        return address.text
    }

    // MARK: HTTP

    private static func document(
        _ asked: TransmitterFault.Asked, _ answer: HTTPClient.Answer,
        isOurs: (JSONValue) -> Bool = { _ in true }
    ) throws(TransmitterFault) -> JSONValue {
        guard (200...299).contains(answer.status) else {
            throw .refused(asked, status: answer.status, code: code(answer))
        }
        var document = try? JSONValue(parsing: answer.body)
        // Without an identifier, a transmitter lists the receiver's streams: one of them is meant.
        if asked == .stream, let streams = document?.array {
            let ours = streams.count > 1 ? streams.filter(isOurs) : streams
            guard ours.count < 2, streams.isEmpty || !ours.isEmpty else { throw .ambiguousStream }
            document = ours.first
        }
        guard let document, case .object = document else {
            let type = answer.header("content-type").map { " but \($0.inOneLine)" } ?? ""
            throw .malformed(asked, what: "it is not a JSON object\(type)")
        }
        return document
    }

    /// The error code in an answer, made safe.
    private static func code(_ answer: HTTPClient.Answer) -> String? {
        let document = try? JSONValue(parsing: answer.body)
        let code = document?["error"]?.string ?? document?["err"]?.string ?? document?["errorCode"]?.string
        return code.map { String($0.inOneLine.prefix(64)) }
    }

    private func exchange(
        _ asked: TransmitterFault.Asked, _ method: String, _ address: String,
        headers: [HTTPClient.HeaderField] = [], body: [UInt8] = [], timeout: Int = Transmitter.timeout
    ) async throws(TransmitterFault) -> HTTPClient.Answer {
        do throws(HTTPClientError) {
            return try await client.send(
                method, address, headers: [HTTPClient.HeaderField("Accept", "application/json")] + headers,
                body: body, timeout: timeout, maxBytes: Self.maxBytes)
        } catch {
            if case .timedOut = error { throw .slow(asked) }
            throw .silent(asked, reason: error.description)
        }
    }
}
