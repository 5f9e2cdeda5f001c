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
    private func refused(_ presented: ClientCredentials, _ request: Request) -> OAuthFault {
        let address = request.clientAddress(trusting: trustedProxies)
        // Swift's hashes are seeded for each process and cannot be reversed.
        let fingerprint = presented.secrets.hashValue
        let isGuess = guesses.withLock { $0.fail(fingerprint, from: address, at: clock.steady) }
        return isGuess ? .tooManyFailures : .invalidClient
    }

    private func presented(by request: Request, _ form: OAuthForm) throws(OAuthFault) -> ClientCredentials? {
        let headers = request.headers.all("authorization")
        guard let header = headers.first else {
            // A client_id alone is not a credential.
            guard let secret = form["client_secret"] else { return nil }
            return ClientCredentials(name: form["client_id"] ?? "", secrets: [secret])
        }
        guard headers.count == 1, form["client_secret"] == nil else {
            throw .invalidRequest("authenticate in one way: by Authorization or by client_secret")
        }
        guard let presented = ClientCredentials(basic: header) else { throw .invalidClient }
        guard form["client_id"] == nil || form["client_id"] == presented.name else {
            throw .invalidRequest("client_id differs from Authorization")
        }
        return presented
    }
}
