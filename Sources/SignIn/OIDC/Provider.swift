internal import Curl
internal import JOSE
internal import JSON
import Sodium
import Tokens

/// The requests of this server to the identity provider.
///
/// Each has 5 seconds and 1 MB, follows no redirect, and only so many run at a time, so that a provider that
/// hangs takes nothing that the rest of Jeton needs.
actor Provider {
    private let settings: OIDCSettings
    private let clock: Clock
    private let client = HTTPClient()
    private let timeout: Int

    // Moments of the steady clock.
    private var known: (metadata: ProviderMetadata, at: Timestamp)?
    private var discovering: Task<Result<ProviderMetadata, OIDCFault>, Never>?
    private var keys: SignerKeys?
    private var running = 0

    /// How long its metadata is cached.
    static let cacheLifetime = TimeSpan.hours(1)
    private static let mostRunning = 16
    private static let maxBytes = 1 << 20

    init(_ settings: OIDCSettings, clock: Clock, timeout: Int = 5000) {
        self.settings = settings
        self.clock = clock
        self.timeout = timeout
    }

    // MARK: What it says of itself

    /// The provider's metadata, cached for an hour, and longer while the provider does not answer.
    func metadata() async throws(OIDCFault) -> ProviderMetadata {
        if let known, known.at.isWithin(Self.cacheLifetime, before: clock.steady) { return known.metadata }
        let asking = discovering ?? Task { await self.discover() }
        discovering = asking
        let result = await asking.value
        discovering = nil
        switch result {
        case .success(let metadata):
            known = (metadata, clock.steady)
            return metadata
        case .failure(let fault):
            guard let known else { throw fault }
            return known.metadata
        }
    }

    private func discover() async -> Result<ProviderMetadata, OIDCFault> {
        do throws(OIDCFault) {
            let address = ProviderAddress.discovery(of: settings.issuer)
            let document = try await json(.discovery, "GET", address)
            return .success(try ProviderMetadata(document, issuer: settings.issuer))
        } catch {
            return .failure(error)
        }
    }

    // MARK: Signatures

    /// The payload of a JWS that the provider signed.
    func verify(_ compact: String) async throws(OIDCFault) -> [UInt8] {
        let keys = keys ?? SignerKeys(clock: clock) { await self.fetchKeys() }
        self.keys = keys
        return try await keys.payload(of: compact)
    }

    private func fetchKeys() async -> Result<JWKSet, OIDCFault> {
        do throws(OIDCFault) {
            let address = try await metadata().keysAddress
            let answer = try await send(.keys, "GET", address.text)
            guard answer.status == 200 else { return .failure(.providerAnswer(of: .keys)) }
            return Result { () throws(JOSEFault) in try JWKSet(parsing: answer.body) }
                .mapError { .signature($0) }
        } catch {
            return .failure(error)
        }
    }

    // MARK: Codes and claims

    /// The tokens that a code was redeemed for.
    struct Redeemed: Sendable {
        let idToken: String
        let accessToken: String?
    }

    /// Redeems a code (OpenID Connect Core 1.0, section 3.1.3).
    func redeem(code: String, verifier: String) async throws(OIDCFault) -> Redeemed {
        let document = try await grant([
            (name: "grant_type", value: "authorization_code"), (name: "code", value: code),
            (name: "redirect_uri", value: settings.redirectURI), (name: "code_verifier", value: verifier),
        ])
        guard let idToken = document["id_token"]?.string else { throw .providerAnswer(of: .token) }
        return Redeemed(idToken: idToken, accessToken: document["access_token"]?.string)
    }

    /// Redeems a login and password for an ID token, an access token, or both (RFC 6749, section 4.3).
    func redeem(
        login: String, password: String
    ) async throws(OIDCFault) -> (idToken: String?, accessToken: String?) {
        let document = try await grant([
            (name: "grant_type", value: "password"), (name: "username", value: login),
            (name: "password", value: password),
            (name: "scope", value: settings.scopes.joined(separator: " ")),
        ])
        return (document["id_token"]?.string, document["access_token"]?.string)
    }

    /// Posts to the token endpoint, with the client's authentication.
    private func grant(
        _ items: [(name: String, value: String)]
    ) async throws(OIDCFault) -> JSONValue {
        let metadata = try await metadata()
        var form = items
        var headers = [HTTPClient.HeaderField("Content-Type", "application/x-www-form-urlencoded")]
        switch (authentication(metadata), settings.clientSecret) {
        case (.basic, let secret?):
            // Encoded as a form's values are, before they are joined (RFC 6749, section 2.3.1).
            let pair = [settings.clientID, secret.text].map(\.percentEncoded).joined(separator: ":")
            headers.append(
                HTTPClient.HeaderField("Authorization", "Basic \(Sodium.base64(Array(pair.utf8)))"))
        case (.post, let secret?):
            form += [
                (name: "client_id", value: settings.clientID), (name: "client_secret", value: secret.text),
            ]
        default:
            form.append((name: "client_id", value: settings.clientID))
        }
        let answer = try await send(
            .token, "POST", metadata.tokenEndpoint.text, headers: headers,
            body: Array(ProviderAddress.form(form).utf8))
        if answer.status == 403, answer.body.isEmpty { throw .codeRefused(code: "forbidden") }
        guard let document = try? JSONValue(parsing: answer.body) else { throw .providerAnswer(of: .token) }
        guard answer.status == 200 else {
            guard let code = document["error"]?.string else { throw .providerAnswer(of: .token) }
            throw .codeRefused(code: Self.word(code))
        }
        return document
    }

    private func authentication(_ metadata: ProviderMetadata) -> ClientAuthentication {
        guard settings.clientAuthentication == .automatic else { return settings.clientAuthentication }
        guard settings.clientSecret != nil else { return .none }
        let taken = metadata.clientAuthentications.compactMap(ClientAuthentication.init(rawValue:))
        return taken.contains(.basic) || !taken.contains(.post) ? .basic : .post
    }

    /// The result of asking userinfo.
    enum UserInfo: Sendable {
        /// The provider has no such endpoint.
        case absent
        /// The claims, and their `sub`.
        case claims(JSONValue, subject: String)
        /// Nothing usable: the oddity to report to the administrator, and the fault for a sign-in that needs
        /// it.
        case odd(ProviderOddity, OIDCFault)
    }

    /// Asks userinfo about the person of an access token (OpenID Connect Core 1.0, section 5.3). Throws
    /// ``OIDCFault/providerBusy`` where too many requests are running.
    func userInfo(_ accessToken: String) async throws(OIDCFault) -> UserInfo {
        let metadata = try await metadata()
        guard let endpoint = metadata.userInfoEndpoint else {
            guard metadata.unusable.contains(.userInfo) else { return .absent }
            return .odd(.unusableEndpoint(.userInfo), .insecureAddress(of: .userInfo))
        }
        let answer: HTTPClient.Answer
        do throws(OIDCFault) {
            answer = try await send(
                .userInfo, "GET", endpoint.text,
                headers: [HTTPClient.HeaderField("Authorization", "Bearer \(accessToken)")])
        } catch {
            if case .providerBusy = error { throw error }
            return .odd(.userInfoFailed(error), error)
        }
        let fault = OIDCFault.providerAnswer(of: .userInfo)
        guard answer.status == 200 else { return .odd(.userInfoStatus(answer.status), fault) }
        // Signed or encrypted (section 5.3.2), which is for clients that register for it.
        if answer.header("content-type")?.lowercased().hasPrefix("application/jwt") == true {
            return .odd(.userInfoSigned, fault)
        }
        guard let document = try? JSONValue(parsing: answer.body), case .object = document else {
            return .odd(.userInfoNotJSON, fault)
        }
        guard let subject = document["sub"]?.string, !subject.isEmpty else {
            return .odd(.userInfoWithoutSubject, .userInfoOfAnother)
        }
        return .claims(document, subject: subject)
    }

    // MARK: Requests

    private func json(
        _ asked: OIDCFault.Asked, _ method: String, _ address: String, headers: [HTTPClient.HeaderField] = []
    ) async throws(OIDCFault) -> JSONValue {
        let answer = try await send(asked, method, address, headers: headers)
        guard answer.status == 200, let document = try? JSONValue(parsing: answer.body),
            case .object = document
        else { throw .providerAnswer(of: asked) }
        return document
    }

    private func send(
        _ asked: OIDCFault.Asked, _ method: String, _ address: String, headers: [HTTPClient.HeaderField] = [],
        body: [UInt8] = []
    ) async throws(OIDCFault) -> HTTPClient.Answer {
        guard running < Self.mostRunning else { throw .providerBusy }
        running += 1
        defer { running -= 1 }
        do throws(HTTPClientError) {
            return try await client.send(
                method, address, headers: [HTTPClient.HeaderField("Accept", "application/json")] + headers,
                body: body, timeout: timeout, maxBytes: Self.maxBytes)
        } catch {
            switch error {
            case .timedOut: throw .providerSlow
            case .tooLarge: throw .providerTooLong
            case .badAddress, .badHeader: throw .providerAnswer(of: asked)
            case .cannotConnect, .failed: throw .providerUnreachable
            }
        }
    }

    /// An error code made safe for an event, since its sender chose it.
    static func word(_ code: String) -> String {
        String(
            code.unicodeScalars.prefix(64).map {
                $0.isASCII && $0.properties.isAlphabetic ? Character($0) : "_"
            })
    }
}
