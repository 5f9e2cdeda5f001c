public import HTTPServer
public import Tokens

/// A request for an authorization code (RFC 6749, section 4.1.1), whose client and redirect address are certain.
public struct AuthorizationRequest: Hashable, Sendable {
    public let client: OAuthClient
    /// Where the code goes, as sent.
    public let redirectURI: String
    /// The registered address that it matches.
    public let registered: RedirectURI
    /// Sent back unchanged; `nil` for none.
    public let state: String?
    /// Of the code's proof (RFC 7636).
    public let challenge: String
    /// The scopes that it asks for and that this desk knows.
    public let scopes: [Scope]
    /// The service that `resource` is the address of (RFC 8707).
    public let resource: ServiceName?

    /// The most bytes of `state`. MCP clients and terraform send less than 200.
    static let stateLimit = 1000

    /// What is known of the client and where to send its answer.
    public struct Destination: Hashable, Sendable {
        public let redirectURI: String
        public let registered: RedirectURI
        public let state: String?

        public init(redirectURI: String, registered: RedirectURI, state: String?) {
            self.redirectURI = redirectURI
            self.registered = registered
            self.state = state
        }
    }

    /// Why a request is refused.
    public enum Fault: Error, Hashable, Sendable {
        /// The client or its address is not certain, so the person is told, and nobody is sent anywhere (section
        /// 4.1.2.1).
        case untold(String)
        /// The client is told, with an error code of section 4.1.2.1 and a sentence.
        case told(Destination, error: String, String)
    }

    /// Reads the query of a request. `client` finds a client by its identifier.
    public init(
        _ items: FormValues, services: [Service],
        client find: (String) async throws(Fault) -> OAuthClient?
    ) async throws(Fault) {
        func text(_ name: String) -> String? { items[name].flatMap { $0.isEmpty ? nil : $0 } }
        guard !items.repeatsNames else {
            throw .untold("The program sent a parameter twice.")
        }
        guard let id = text("client_id") else { throw .untold("The program did not say which one it is.") }
        guard id.utf8.count <= ClientRegistry.idLimit, let client = try await find(id) else {
            throw .untold(
                "This desk does not know the program that sent you here (client_id “\(id.shownIdentifier)”). "
                    + "Its configuration may have a typing error, or the operator has to add it under oauth.clients."
            )
        }
        let destination = try Self.destination(of: client, text("redirect_uri"), state: text("state"))
        func refuse(_ error: String, _ sentence: String) -> Fault {
            // A stranger's address gets no browser that nobody was asked about (RFC 9700, section 4.11.2).
            client.source == .desk || destination.registered.isLoopback
                ? .told(destination, error: error, sentence)
                : .untold("\(client.nameInErrors) asked for what is not possible: \(sentence).")
        }
        guard text("response_type") == "code" else {
            throw refuse("unsupported_response_type", "the only response_type here is code")
        }
        guard let challenge = text("code_challenge"), text("code_challenge_method") == CodeProof.method,
            CodeProof.isChallenge(challenge)
        else {
            throw refuse(
                "invalid_request", "PKCE is needed: send code_challenge with code_challenge_method=S256")
        }
        let asked: RequestedScopes
        do throws(RequestedScopes.Fault) {
            asked = try RequestedScopes(
                scope: text("scope"), resource: text("resource"), of: client, services: services)
        } catch {
            throw refuse(error.code, error.sentence)
        }
        self.client = client
        redirectURI = destination.redirectURI
        registered = destination.registered
        state = destination.state
        self.challenge = challenge
        scopes = asked.scopes
        resource = asked.resource
    }

    private static func destination(
        of client: OAuthClient, _ sent: String?, state: String?
    ) throws(Fault) -> Destination {
        let uri = sent ?? (client.redirectURIs.count == 1 ? client.redirectURIs.first?.text : nil)
        guard let uri, let registered = client.redirectURI(matching: uri) else {
            throw .untold(
                client.redirectURIs.isEmpty
                    ? "\(client.nameInErrors) cannot sign in through a browser here: it shows a code to type instead."
                    : "\(client.nameInErrors) wants to be answered at an address that it is not registered with"
                        + "\(sent.map { " (“\($0.shownIdentifier)”)" } ?? ""). Nothing was sent there.")
        }
        guard state.map({ $0.utf8.count <= stateLimit }) ?? true else {
            throw .untold("\(client.nameInErrors) sent a state of more than \(stateLimit) bytes.")
        }
        return Destination(redirectURI: uri, registered: registered, state: state)
    }
}

extension AuthorizationRequest {
    public var destination: Destination {
        Destination(redirectURI: redirectURI, registered: registered, state: state)
    }
}

extension AuthorizationRequest.Destination {
    /// The address to send the browser to, with the answer's parameters, `state`, and `iss` (RFC 9207).
    public func address(_ answer: [(String, String)], issuer: String) -> String {
        let pairs = answer + (state.map { [("state", $0)] } ?? []) + [("iss", issuer)]
        let query = pairs.map { "\($0.0)=\($0.1.percentEncoded)" }.joined(separator: "&")
        return "\(redirectURI)\(redirectURI.contains("?") ? "&" : "?")\(query)"
    }
}

extension String {
    /// The beginning, without what cannot be seen, for a sentence.
    var shownIdentifier: String {
        let scalars = unicodeScalars.lazy.filter { $0.value > 0x20 && $0.value < 0x7F }
        return String(String.UnicodeScalarView(scalars.prefix(80)))
    }
}
