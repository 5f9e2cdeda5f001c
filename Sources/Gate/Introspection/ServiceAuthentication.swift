import HTTPServer
import Tokens

/// Authenticates services by name and secret: `client_secret_basic` or `client_secret_post` (RFC 6749, section 2.3.1).
final class ServiceAuthentication: Sendable {
    private let services: [String: Service]
    private let secrets: [ServiceName: ServiceSecret]
    private let trustedProxies: [AddressRange]
    private let guesses: ClientGuesses

    init(_ settings: GateSettings, clock: Clock) {
        services = settings.servicesByName
        secrets = settings.secrets
        trustedProxies = settings.trustedProxies
        guesses = ClientGuesses(clock: clock)
    }

    /// The service that sent `request`; `nil` without credentials.
    func service(of request: Request, _ form: OAuthForm) throws(OAuthFault) -> Service? {
        let presented = try ClientCredentials(of: request, form, orElse: .invalidClient)
        // A client_id alone is not a credential.
        guard !presented.secrets.isEmpty else { return nil }
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
        return guesses.fail(presented.secrets, from: address) ? .tooManyFailures : .invalidClient
    }
}
