public import Desk
public import Gate
public import HTTPServer
public import Tokens

/// What clients of package registries ask their registry for in order to sign in or to publish: each in the form that its
/// public registry has.
///
/// The registry behind a proxy need not know of it. The proxy sends these requests to the desk, with the name of the
/// service before the path that the client asked for:
///
///     POST https://packages.example.com/_/oidc/mint-token
///     POST https://tokens.example.com/oauth/dialects/pypi/_/oidc/mint-token
public struct RegistryDialects: Sendable {
    /// The path before that of the client; `{service}` is the service's name.
    static let prefix = "/oauth/dialects/{service}"

    private let publishing: TrustedPublishing?
    private let authorizations: AuthorizationDesk
    private let settings: OAuthSettings

    /// - Parameters:
    ///   - trust: trades the identities of jobs; `nil` where no issuer is configured.
    ///   - revocation: ends the tokens that jobs got.
    public init(
        trust: TrustDesk?, revocation: RevocationByHolder, authorizations: AuthorizationDesk,
        format: TokenFormat,
        settings: OAuthSettings
    ) {
        publishing = trust.map {
            TrustedPublishing(desk: $0, revocation: revocation, format: format, settings: settings)
        }
        self.authorizations = authorizations
        self.settings = settings
    }

    public func addRoutes(to router: inout Router) {
        PythonDialect(publishing: publishing, settings: settings).addRoutes(to: &router)
        NPMDialect(publishing: publishing, settings: settings).addRoutes(to: &router)
        NPMLogin(desk: authorizations, settings: settings).addRoutes(to: &router)
        CargoDialect(publishing: publishing, settings: settings).addRoutes(to: &router)
        TerraformDialect(settings: settings).addRoutes(to: &router)
    }
}

extension OAuthSettings {
    /// The service of that name. Throws ``DialectFault/noSuchService(_:)``.
    func dialectService(_ name: String) throws(DialectFault) -> Service {
        guard let service = services.first(where: { $0.name.text.isExactly(name) }) else {
            throw .noSuchService(name)
        }
        return service
    }
}
