import Gate
import HTTPServer
import Sodium
import Synchronization
import Tokens

/// Counts wrong secrets of clients by address, as wrong tokens are (RFC 6749, section 2.3.1).
final class ClientGuesses: Sendable {
    private let guesses = Mutex(GuessLimiter())
    private let clock: Clock

    init(clock: Clock) {
        self.clock = clock
    }

    /// Whether too many different ones came from there.
    func fail(_ secrets: [String], from address: IPAddress?) -> Bool {
        // Swift's hashes are seeded for each process and cannot be reversed.
        guesses.withLock { $0.fail(secrets.hashValue, from: address, at: clock.steady) }
    }
}

/// Finds out which client sends a request to the token endpoint (RFC 6749, section 3.2.1).
struct ClientAuthentication: Sendable {
    let settings: OAuthSettings

    /// The client, by `Authorization: Basic` or by `client_id`. Throws ``Gate/OAuthFault/unknownClient(_:)`` for an unknown
    /// one, and for one that has a secret and does not send it.
    ///
    /// - Parameter redeems: whether it redeems a code that a person allowed.
    func client(
        of form: OAuthForm, _ request: Request, redeems: Bool = false
    ) throws(OAuthFault) -> OAuthClient {
        let (id, secrets) = try presented(form, request)
        guard let client = redeems ? settings.clients.redeemer(id) : settings.clients.client(id) else {
            throw .unknownClient("there is no such client: check client_id")
        }
        guard client.isAuthentic(secrets) else {
            let address = request.clientAddress(trusting: settings.trustedProxies)
            guard secrets.isEmpty || !settings.guesses.fail(secrets, from: address) else {
                throw .tooManyFailures
            }
            throw .unknownClient("the secret of this client is missing or wrong")
        }
        return client
    }

    /// The `client_id` alone, for codes that say themselves which client they were given to.
    func presented(
        _ form: OAuthForm, _ request: Request
    ) throws(OAuthFault) -> (id: String, secrets: [String]) {
        let headers = request.headers.all("authorization")
        guard let header = headers.first else {
            return (try form.needed("client_id"), form["client_secret"].map { [$0] } ?? [])
        }
        guard headers.count == 1, form["client_secret"] == nil else {
            throw .invalidRequest("authenticate in one way: by Authorization or by client_secret")
        }
        guard let basic = ClientCredentials(basic: header) else {
            throw .unknownClient("send the client's name and secret by Basic, or client_id in the form")
        }
        guard form["client_id"].map({ $0.isExactly(basic.name) }) ?? true else {
            throw .invalidRequest("client_id differs from Authorization")
        }
        return (basic.name, basic.secrets)
    }
}
