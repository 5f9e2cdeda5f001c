import Gate
import HTTPServer
import Tokens

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
        let presented = try ClientCredentials(
            of: request, form,
            orElse: .unknownClient("send the client's name and secret by Basic, or client_id in the form"))
        let (id, secrets) = (presented.name, presented.secrets)
        if request.headers["authorization"] == nil { _ = try form.needed("client_id") }
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
}
