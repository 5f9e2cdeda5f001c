internal import JSON
import Tokens

/// A provider's discovery document (OpenID Connect Discovery 1.0, section 3).
struct ProviderMetadata: Sendable {
    let authorizationEndpoint: ProviderAddress
    let tokenEndpoint: ProviderAddress
    let keysAddress: ProviderAddress
    let userInfoEndpoint: ProviderAddress?
    let endSessionEndpoint: ProviderAddress?
    /// The optional endpoints whose address cannot be used. They count as absent.
    let unusable: [OIDCFault.Asked]
    /// The supported methods of client authentication; `client_secret_basic` where they are not given.
    let clientAuthentications: [String]
    /// Whether every callback names its issuer (RFC 9207).
    let namesIssuerInAnswers: Bool

    /// Reads a document, whose issuer has to be exactly `issuer` (section 4.3).
    init(_ document: JSONValue, issuer: String) throws(OIDCFault) {
        guard case .object = document else { throw .providerAnswer(of: .discovery) }
        guard document["issuer"]?.string?.isExactly(issuer) ?? false else { throw .discoveryOfAnotherIssuer }
        func needed(_ name: String, _ asked: OIDCFault.Asked) throws(OIDCFault) -> ProviderAddress {
            guard let text = document[name]?.string else { throw .providerAnswer(of: .discovery) }
            guard let address = ProviderAddress(text) else { throw .insecureAddress(of: asked) }
            return address
        }
        var unusable: [OIDCFault.Asked] = []
        func optional(_ name: String, _ asked: OIDCFault.Asked) -> ProviderAddress? {
            guard let value = document[name], value != .null else { return nil }
            let address = value.string.flatMap(ProviderAddress.init)
            if address == nil { unusable.append(asked) }
            return address
        }
        authorizationEndpoint = try needed("authorization_endpoint", .authorization)
        tokenEndpoint = try needed("token_endpoint", .token)
        keysAddress = try needed("jwks_uri", .keys)
        userInfoEndpoint = optional("userinfo_endpoint", .userInfo)
        endSessionEndpoint = optional("end_session_endpoint", .endSession)
        self.unusable = unusable
        clientAuthentications =
            document["token_endpoint_auth_methods_supported"]?.array?.compactMap(\.string)
            ?? [ClientAuthentication.basic.rawValue]
        namesIssuerInAnswers = document["authorization_response_iss_parameter_supported"] == true
    }
}
