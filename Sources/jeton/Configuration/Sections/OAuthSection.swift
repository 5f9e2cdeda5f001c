import OAuth
import Tokens

/// `oauth`: programs that ask people for tokens.
struct OAuthSection: Sendable {
    /// `oauth.clients.NAME`.
    struct Client: NamedSection {
        let name: ServiceName
        var title: String?
        var redirectURIs: [RedirectURI] = []
        var scopes: [Scope] = []
        var secret: ServiceSecret?

        init(name: ServiceName) {
            self.name = name
        }
    }

    var presets = ClientPreset.allCases
    var allowsDevices = true
    var clientMetadata = ClientDocumentPolicy.off
    var allowsRegistration = false
    /// Whether assertions of the identity provider are taken, by `id_jag`.
    var takesAssertions = false
    var clients: [Client] = []

    /// The clients that are known without asking anybody else.
    var registry: ClientRegistry {
        ClientRegistry(
            presets: presets,
            clients: clients.map { client in
                OAuthClient(
                    id: client.name.text, title: client.title ?? client.name.text,
                    redirectURIs: client.redirectURIs, scopes: client.scopes, secret: client.secret)
            })
    }
}

extension ConfigurationKey {
    static let oauth: [ConfigurationKey] = [
        .list(
            "oauth.presets", .clientPreset,
            default: ClientPreset.allCases.map(\.rawValue).joined(separator: ", "),
            "The programs that people can sign in from without any configuration here "
                + "([which](operate/oauth.md#programs-that-jeton-knows)). An empty list means none."
        ) { $0.oauth.presets = $1 },
        .one(
            "oauth.device", .truth, default: "true",
            "Whether programs without a browser may show a code to type (RFC 8628), and npm a link to sign in. People can "
                + "be lured into approving a stranger's code ([what helps](operate/oauth.md#phishing))."
        ) { $0.oauth.allowsDevices = $1 },
        clientMetadata,
        .one(
            "oauth.dynamic_registration", .truth, default: "false",
            "Whether programs may register themselves (RFC 7591). Nobody vouches for their names. Newer programs do not "
                + "need it: prefer `oauth.client_metadata` ([how](protect/mcp.md#registration))."
        ) { $0.oauth.allowsRegistration = $1 },
        .one(
            "oauth.id_jag", .truth, default: "false",
            "Whether a program gets a token for an assertion by which the provider of `sign_in.oidc` says that it may act for "
                + "a person (ID-JAG, Okta's Cross App Access; [how](operate/agents.md#the-identity-provider-decides))."
        ) { $0.oauth.takesAssertions = $1 },
        .client(
            "oauth.clients.*.title", .title, default: "its name",
            "What people call the program. The name in the path is its `client_id`."
        ) { $0.title = $1 },
        .clientList(
            "oauth.clients.*.redirect_uris", .redirectURI, default: "none: it can only show a code",
            "Where it may be answered: `https://…`, a scheme of its own such as `com.example.app:/callback`, or an "
                + "address on the person's machine such as `http://127.0.0.1/callback`, where the port may be any."
        ) { $0.redirectURIs = $1 },
        .clientList(
            "oauth.clients.*.scopes", .clientScope, default: "none: the person chooses",
            "What it asks for where its request names no scope."
        ) { $0.scopes = $1 },
        .client(
            "oauth.clients.*.secret_file", .secretFile(ServiceSecret.init(written:)),
            default: "none: a public client",
            "The file with its secret, for a program on a server that can keep one."
        ) { $0.secret = $1 },
    ]

    private static let clientMetadata = ConfigurationKey(
        path: "oauth.client_metadata", notation: "`off`, `any` or a list of hosts", form: .text,
        standard: "off",
        sentence:
            "From which hosts the desk reads what a program says about itself, if its `client_id` is an https "
            + "address: a list such as `[claude.ai, vscode.dev]`, or `any` host of the internet. It is read only for "
            + "somebody who is signed in ([how](protect/mcp.md#a-document)).",
        isList: true
    ) { (configuration, _, values) throws(BadValue) in
        switch values {
        case ["off"]: configuration.oauth.clientMetadata = .off
        case ["any"]: configuration.oauth.clientMetadata = .any
        case []: throw BadValue("the list is empty: write off")
        default:
            for host in values where ClientDocumentAddress("https://\(host)/x") == nil {
                throw BadValue(expected: "off, any, or names of hosts such as claude.ai", found: host)
            }
            configuration.oauth.clientMetadata = .hosts(Set(values))
        }
    }

    private static func client<Value>(
        _ path: String, _ form: ValueParser<Value>, default standard: String, _ sentence: String,
        set: @escaping @Sendable (inout OAuthSection.Client, Value) -> Void
    ) -> Self {
        .named(path, form, default: standard, sentence, in: \.oauth.clients, set: set)
    }

    private static func clientList<Value>(
        _ path: String, _ form: ValueParser<Value>, default standard: String, _ sentence: String,
        set: @escaping @Sendable (inout OAuthSection.Client, [Value]) -> Void
    ) -> Self {
        .namedList(path, form, default: standard, sentence, in: \.oauth.clients, set: set)
    }
}

extension ValueParser<ClientPreset> {
    fileprivate static let clientPreset = ValueParser(
        "names of programs", expected: ClientPreset.allCases.map(\.rawValue).joined(separator: ", "),
        schema: .words(of: ClientPreset.self), read: ClientPreset.init(rawValue:))
}

extension ValueParser<RedirectURI> {
    fileprivate static let redirectURI = ValueParser(
        "addresses such as `https://app.example.com/callback`",
        expected:
            "an https address, http://127.0.0.1/… or a scheme of its own such as com.example.app:/callback",
        read: RedirectURI.init)
}

extension ValueParser<Scope> {
    fileprivate static let clientScope = ValueParser(
        "scopes such as `git:write`", expected: "a scope of a service, such as git:write"
    ) { text in
        Scope(text).flatMap { $0.isAtDesk ? nil : $0 }
    }
}

extension Configuration {
    /// Scopes of clients at services that there are not, and assertions of a provider that there is not.
    var oauthConflicts: [KeyConflict] {
        let names = Set(services.map(\.name))
        let assertions =
            oauth.takesAssertions && oidcSettings == nil
            ? [
                KeyConflict(
                    "oauth.id_jag", beside: "sign_in.oidc.issuer", "needs a provider that signs people in")
            ] : []
        return assertions
            + oauth.clients.compactMap { client in
                guard
                    let unknown = client.scopes.first(where: {
                        $0.service.map { !names.contains($0) } ?? true
                    })
                else { return nil }
                let key = "oauth.clients.\(client.name).scopes"
                return KeyConflict(key, beside: "services", "names \(unknown), which is at no service")
            }
    }

    /// The configuration of the authorization server.
    var oauthSettings: OAuthSettings {
        OAuthSettings(
            issuer: "\(publicURL)", services: services, clients: oauth.registry,
            allowsDevices: oauth.allowsDevices, takesAssertions: oauth.takesAssertions,
            trustedProxies: trustedProxies, clock: .system)
    }
}
