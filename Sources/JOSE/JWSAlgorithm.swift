/// How a JWS is signed (RFC 7518, section 3.1): the algorithms with a public key that cjose verifies.
///
/// `none` and the HMACs (`HS256` and the like) are no cases, so that neither can be asked for: with an
/// HMAC whoever knows the public key could sign (RFC 8725, section 2.1). EdDSA is none either, since
/// cjose does not have it.
public enum JWSAlgorithm: String, Hashable, Sendable, CaseIterable {
    case rs256 = "RS256"
    case rs384 = "RS384"
    case rs512 = "RS512"
    case ps256 = "PS256"
    case ps384 = "PS384"
    case ps512 = "PS512"
    case es256 = "ES256"
    case es384 = "ES384"
    case es512 = "ES512"

    /// Whether a signature of this kind can be made with that kind of key.
    func fits(_ key: JWK.Material) -> Bool {
        switch (self, key) {
        case (.rs256, .rsa), (.rs384, .rsa), (.rs512, .rsa): true
        case (.ps256, .rsa), (.ps384, .rsa), (.ps512, .rsa): true
        case (.es256, .ec(.p256, _, _)), (.es384, .ec(.p384, _, _)), (.es512, .ec(.p521, _, _)): true
        default: false
        }
    }
}
