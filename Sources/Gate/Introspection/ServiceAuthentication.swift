import HTTPServer
import Sodium
import Synchronization
import Tokens

/// Authenticates services by name and secret: `client_secret_basic` or `client_secret_post` (RFC 6749, section 2.3.1).
final class ServiceAuthentication: Sendable {
    private let services: [String: Service]
    private let secrets: [ServiceName: ServiceSecret]
    private let trustedProxies: [AddressRange]
    private let clock: Clock
    private let guesses = Mutex(GuessLimiter())

    /// Credentials as sent; `secrets` are the possible readings of the secret.
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

    /// The service that sent `request`; `nil` without credentials.
    func service(of request: Request, _ form: OAuthForm) throws(OAuthFault) -> Service? {
        guard let presented = try presented(by: request, form) else { return nil }
        let service = services[presented.name]
        let secret = service.flatMap { secrets[$0.name] }
        guard let service, let secret, presented.secrets.contains(where: secret.matches) else {
            throw refused(presented, request)
        }
        return service
    }

    /// The fault for wrong credentials. Distinct failing secrets are limited, as guesses at tokens are.
    private func refused(_ presented: Presented, _ request: Request) -> OAuthFault {
        let address = request.clientAddress(trusting: trustedProxies)
        // Swift's hashes are seeded for each process and cannot be reversed.
        let fingerprint = presented.secrets.hashValue
        let isGuess = guesses.withLock { $0.fail(fingerprint, from: address, at: clock.steady) }
        return isGuess ? .tooManyFailures : .invalidClient
    }

    private func presented(by request: Request, _ form: OAuthForm) throws(OAuthFault) -> Presented? {
        let headers = request.headers.all("authorization")
        guard let header = headers.first else {
            // A client_id alone is not a credential.
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

    /// The RFC form-encodes both parts before Basic joins them. Many clients do not, so the secret is read both ways.
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

/// The parameters of a request, by the rules of RFC 6749, section 3.2: a form, no parameter twice, and an empty value
/// counts as absent.
struct OAuthForm {
    private let values: FormValues

    /// Reads the body; the query is ignored.
    init(_ request: Request) throws(OAuthFault) {
        guard request.isForm else {
            throw .invalidRequest("send the parameters as application/x-www-form-urlencoded")
        }
        values = request.form
        guard !values.repeatsNames else { throw .invalidRequest("a parameter stands more than once") }
    }

    subscript(_ name: String) -> String? {
        guard let value = values[name], !value.isEmpty else { return nil }
        return value
    }

    /// The parameter `token`. There is one kind of token, so `token_type_hint` is ignored.
    func credential(_ format: TokenFormat) throws(OAuthFault) -> Credential {
        guard let token = self["token"] else { throw .invalidRequest("the parameter token is missing") }
        return Credential(token: Array(token.utf8).span, format: format)
    }
}
