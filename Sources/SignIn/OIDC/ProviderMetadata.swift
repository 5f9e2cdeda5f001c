internal import JSON
import Tokens

/// What a provider says of itself (OpenID Connect Discovery 1.0, section 3).
struct ProviderMetadata: Sendable {
    let authorizationEndpoint: ProviderAddress
    let tokenEndpoint: ProviderAddress
    let keysAddress: ProviderAddress
    let userInfoEndpoint: ProviderAddress?
    let endSessionEndpoint: ProviderAddress?
    /// How clients may prove themselves; `client_secret_basic` where it is not told.
    let clientAuthentications: [String]
    /// Whether every answer names its issuer (RFC 9207).
    let namesIssuerInAnswers: Bool

    /// Where to look for it (section 4).
    static func address(of issuer: String) -> String {
        (issuer.hasSuffix("/") ? String(issuer.dropLast()) : issuer) + "/.well-known/openid-configuration"
    }

    /// Reads a document that must be that issuer's own, exactly (section 4.3).
    init(_ document: JSONValue, issuer: String) throws(OIDCFault) {
        guard case .object = document else { throw .providerAnswer(of: .discovery) }
        guard document["issuer"]?.string?.isExactly(issuer) ?? false else { throw .discoveryOfAnotherIssuer }
        func address(_ name: String, _ asked: OIDCFault.Asked) throws(OIDCFault) -> ProviderAddress? {
            guard let text = document[name]?.string else { return nil }
            guard let address = ProviderAddress(text) else { throw .insecureAddress(of: asked) }
            return address
        }
        guard let authorization = try address("authorization_endpoint", .authorization),
            let token = try address("token_endpoint", .token), let keys = try address("jwks_uri", .keys)
        else { throw .providerAnswer(of: .discovery) }
        authorizationEndpoint = authorization
        tokenEndpoint = token
        keysAddress = keys
        userInfoEndpoint = try address("userinfo_endpoint", .userInfo)
        endSessionEndpoint = try address("end_session_endpoint", .endSession)
        clientAuthentications =
            document["token_endpoint_auth_methods_supported"]?.array?.compactMap(\.string)
            ?? [ClientAuthentication.basic.rawValue]
        namesIssuerInAnswers = document["authorization_response_iss_parameter_supported"] == true
    }
}
