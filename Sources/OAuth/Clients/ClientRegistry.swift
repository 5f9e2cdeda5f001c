public import Tokens

/// The OAuth clients that the desk knows.
public struct ClientRegistry: Sendable {
    private let known: [ExactText: OAuthClient]
    /// Programs whose `client_id` is the address of their metadata; `nil` where the operator allows none.
    public var documents: ClientDocuments?
    /// Programs that register themselves; `nil` where the operator allows none.
    public var registrations: ClientRegistrations?

    /// The most bytes of a `client_id`.
    public static let idLimit = 1000

    /// `clients` are the operator's own, which go before presets of the same identifier.
    public init(presets: [ClientPreset] = ClientPreset.allCases, clients: [OAuthClient] = []) {
        let all = clients + presets.map(\.client)
        known = Dictionary(all.map { (ExactText($0.id), $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The client of that identifier, without asking anybody else; `nil` where there is none.
    public func client(_ id: String) -> OAuthClient? { known[ExactText(id)] ?? registrations?.client(id) }

    /// The client of that identifier, for somebody who is signed in: its metadata may have to be fetched from an address
    /// that it chose. Throws a sentence for the person.
    public func client(
        _ id: String, for person: SubjectID
    ) async throws(AuthorizationRequest.Fault) -> OAuthClient? {
        if let client = client(id) { return client }
        guard let documents, let address = ClientDocumentAddress(id) else { return nil }
        do throws(ClientDocumentFault) {
            return try await documents.client(at: address, for: person)
        } catch {
            throw .untold(error.sentence)
        }
    }

    /// The client that redeems a code: the code says which client it was given to, so that metadata need not be fetched
    /// again.
    func redeemer(_ id: String) -> OAuthClient? {
        if let client = client(id) { return client }
        guard let documents, let address = ClientDocumentAddress(id), documents.policy.allows(address.host)
        else { return nil }
        return OAuthClient(
            id: id, title: address.host, redirectURIs: [], source: .document(host: address.host))
    }
}

/// A program that Jeton knows, so that nobody has to configure it.
public enum ClientPreset: String, Hashable, Sendable, CaseIterable {
    /// git-credential-oauth and Git Credential Manager.
    case git
    case npm
    /// terraform and tofu.
    case terraform
    /// The helpers in `contrib/helpers`.
    case docker, cargo, keyring, setup

    /// Its `client_id`.
    public var id: String {
        switch self {
        case .terraform: "terraform-cli"
        default: "jeton-\(rawValue)"
        }
    }

    var client: OAuthClient {
        OAuthClient(id: id, title: title, redirectURIs: redirects.compactMap(RedirectURI.init))
    }

    private var title: String {
        switch self {
        case .git: "git"
        case .npm: "npm"
        case .terraform: "terraform"
        case .docker: "docker"
        case .cargo: "cargo"
        case .keyring: "pip"
        case .setup: "jeton-setup"
        }
    }

    private var redirects: [String] {
        switch self {
        // Git Credential Manager has the slash, git-credential-oauth has not.
        case .git:
            [
                "http://127.0.0.1", "http://127.0.0.1/", "http://localhost", "http://localhost/",
                "http://[::1]",
            ]
        case .terraform: ["http://localhost/login"]
        case .npm, .docker, .cargo, .keyring, .setup: []
        }
    }
}
