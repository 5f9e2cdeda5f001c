internal import JOSE
internal import JSON
public import Ledger
internal import Sodium
public import Tokens

/// Why an identity assertion is refused. Each is a sentence without a full stop, and contains nothing of the assertion.
public enum IdentityAssertionFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// It is no signed token, or says of itself that it is of another kind (`typ`).
    case otherKind
    /// The algorithm is none by which providers sign.
    case algorithm
    /// The signature is not the provider's.
    case signature
    /// A claim is wrong, or missing.
    case claim(String)
    /// The provider does not answer.
    case provider(OIDCFault)

    public var description: String {
        switch self {
        case .otherKind:
            "this is not an identity assertion authorization grant (typ \(IdentityAssertion.type))"
        case .algorithm: "the assertion is signed with another algorithm than the provider's"
        case .signature: "the assertion is not signed by the identity provider that signs people in here"
        case .claim(let sentence): sentence
        case .provider: "the keys of the identity provider cannot be had right now: try again in a moment"
        }
    }

    /// Whether trying again may help.
    public var isTemporary: Bool { if case .provider = self { true } else { false } }
}

/// Identity assertions of the provider that signs people in.
extension ProviderSignIn {
    /// The `typ` of a JWT in compact form, in lower case and without `application/`; `nil` for none, or where it is no JWT.
    public static func type(of jwt: String) -> String? { (try? JWS.header(of: jwt))?.type }

    /// Verifies an identity assertion for `audience`, which is this desk's address. It does not count as used.
    public func verify(
        assertion jwt: String, for audience: String
    ) async throws(IdentityAssertionFault) -> IdentityAssertion {
        let header: JWS.Header
        do throws(JOSEFault) {
            header = try JWS.header(of: jwt)
        } catch {
            throw error == .algorithmNotAllowed ? .algorithm : .otherKind
        }
        guard header.type == IdentityAssertion.type else { throw .otherKind }
        let payload: [UInt8]
        do throws(OIDCFault) {
            payload = try await provider.verify(jwt)
        } catch {
            if case .signature(let fault) = error {
                throw fault == .algorithmNotAllowed ? .algorithm : .signature
            }
            throw .provider(error)
        }
        return try IdentityAssertion(
            parsing: payload, issuer: oidc.issuer, audience: audience, at: clock.now)
    }

    /// The person whom the provider calls by the assertion's subject; `nil` where nobody here has that identity.
    public func person(of assertion: IdentityAssertion) async throws(LedgerError) -> Subject? {
        try await ledger.subject(of: Identity(issuer: oidc.issuer, name: assertion.subject))
    }
}

extension IdentityAssertion {
    /// Reads and checks a payload whose signature was verified.
    init(
        parsing payload: [UInt8], issuer: String, audience: String, at now: Timestamp
    ) throws(IdentityAssertionFault) {
        guard let claims = try? IDTokenClaims(parsing: payload) else {
            throw .claim("the claims of the assertion cannot be read")
        }
        guard claims.issuer?.isExactly(issuer) ?? false else {
            throw .claim("the assertion is from another issuer (iss) than the one that signs people in here")
        }
        guard claims.audience.count == 1, claims.audience[0].isExactly(audience) else {
            throw .claim("the assertion is for another audience (aud): it has to be \(audience) alone")
        }
        let times = try Self.times(of: claims, at: now)
        func text(_ name: String, limit: Int) throws(IdentityAssertionFault) -> String {
            guard let text = claims.document[name]?.string, !text.isEmpty, text.utf8.count <= limit,
                !text.utf8.contains(0)
            else { throw .claim("the assertion has no usable \(name)") }
            return text
        }
        let scope: String?
        switch claims.document["scope"] {
        case nil, .null?: scope = nil
        case .string(let text)? where text.utf8.count <= 8000: scope = text
        default: throw .claim("the assertion has no usable scope")
        }
        self.init(
            subject: try text("sub", limit: IDTokenClaims.subjectLimit),
            client: try text("client_id", limit: 1000), resource: try text("resource", limit: 2000),
            scope: scope,
            mark: SHA256Digest(of: "id-jag\0\(issuer)\0\(try text("jti", limit: 1000))"),
            acceptedUntil: times + IDTokenClaims.leeway)
    }

    /// When it ends. Throws what is wrong with its times.
    private static func times(
        of claims: IDTokenClaims, at now: Timestamp
    ) throws(IdentityAssertionFault) -> Timestamp {
        switch claims.timeFault(at: now) {
        case nil: break
        case .noExpiry: throw .claim("the assertion has no expiry (exp)")
        case .noIssueTime: throw .claim("the assertion does not say when it was issued (iat)")
        case .expired:
            throw .claim("the assertion has expired (exp): ask the identity provider for a new one")
        default: throw .claim("the assertion is not valid yet (nbf, iat): the two clocks differ")
        }
        guard let issuedAt = claims.issuedAt, let end = claims.expiresAt else {
            throw .claim("the claims of the assertion cannot be read")
        }
        guard end - issuedAt <= longest, now - issuedAt <= longest + IDTokenClaims.leeway else {
            throw .claim("the assertion is valid for more than \(longest.words) (iat, exp)")
        }
        return end
    }
}
