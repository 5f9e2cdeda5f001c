import HTTPServer
import Sodium
import Synchronization
import Tokens

/// Tells which service asks, by its name and its secret: `client_secret_basic` or `client_secret_post`
/// (RFC 6749, section 2.3.1).
final class ServiceAuthentication: Sendable {
    private let services: [String: Service]
    private let secrets: [ServiceName: ServiceSecret]
    private let trustedProxies: [AddressRange]
    private let clock: Clock
    private let guesses = Mutex(GuessLimiter())

    /// What a request presented; each of `secrets` is a way to read the one that was sent.
    private struct Presented {
        let name: String
        let secrets: [String]
    }

    init(_ settings: GateSettings, clock: Clock) {
        services = settings.servicesByName
        secrets = settings.secrets
        trustedProxies = settings.trustedProxies
        self.clock = clock
    }

    /// The service that sent `request`; `nil` where it presented nothing to be known by.
    func service(of request: Request, _ form: OAuthForm) throws(OAuthFault) -> Service? {
        guard let presented = try presented(by: request, form) else { return nil }
        let service = services[presented.name]
        let secret = service.flatMap { secrets[$0.name] }
        guard let service, let secret, presented.secrets.contains(where: secret.matches) else {
            throw refused(presented, request)
        }
        return service
    }

    /// Slowed by the distinct secrets that failed, as guesses at tokens are.
    private func refused(_ presented: Presented, _ request: Request) -> OAuthFault {
        let address = request.clientAddress(trusting: trustedProxies)
        // Swift's hashes differ from process to process, and cannot be traced back.
        let fingerprint = presented.secrets.hashValue
        let isGuess = guesses.withLock { $0.fail(fingerprint, from: address, at: clock.steady) }
        return isGuess ? .tooManyFailures : .invalidClient
    }

    private func presented(by request: Request, _ form: OAuthForm) throws(OAuthFault) -> Presented? {
        let headers = request.headers.all("authorization")
        guard let header = headers.first else {
            // A name alone proves nothing, so it is none.
            guard let secret = form["client_secret"] else { return nil }
            return Presented(name: form["client_id"] ?? "", secrets: [secret])
        }
        guard headers.count == 1, form["client_secret"] == nil else {
            throw .invalidRequest("authenticate in one way: by Authorization or by client_secret")
        }
        guard let presented = Self.basic(header) else { throw .invalidClient }
        guard form["client_id"] == nil || form["client_id"] == presented.name else {
            throw .invalidRequest("client_id is not who Authorization says")
        }
        return presented
    }

    /// Both parts are encoded as in a form before they are put together, says the RFC. Many clients do
    /// not, so the secret is read both ways.
    private static func basic(_ header: String) -> Presented? {
        let parts = header.split(maxSplits: 1) { $0 == " " || $0 == "\t" }
        guard parts.count == 2, parts[0].lowercased() == "basic",
            let bytes = Sodium.bytes(fromBase64: Array(parts[1].utf8).span.trimmed),
            let colon = bytes.firstIndex(of: UInt8(ascii: ":"))
        else { return nil }
        let name = String(decoding: bytes[..<colon], as: UTF8.self)
        let secret = String(decoding: bytes[(colon + 1)...], as: UTF8.self)
        return Presented(
            name: FormValues.decoded(name[...]), secrets: [secret, FormValues.decoded(secret[...])])
    }
}
