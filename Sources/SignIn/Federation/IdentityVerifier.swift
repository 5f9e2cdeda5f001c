internal import JOSE
internal import JSON
internal import Sodium
public import Tokens

/// Verifies the identities of jobs (RFC 7519, RFC 8725): signed by an issuer of the configuration, for this desk, now.
///
///     let identity = try await verifier.verify(jwt)
///     // `identity` is who the job is; `TrustDesk` decides what it gets.
public struct IdentityVerifier: Sendable {
    /// The issuers, in the order of their names.
    public let issuers: [FederationIssuer]
    private let keys: [IssuerKeys]
    private let clock: Clock

    /// The most time since an identity was issued, and the most that it may be valid.
    public static let longestAge = TimeSpan.hours(24)
    /// How far the issuer's clock and ours may differ.
    public static let leeway = IDTokenClaims.leeway
    /// The algorithms that issuers of identities use.
    private static let algorithms: Set<JWSAlgorithm> = [.rs256, .es256, .edDSA]
    /// The values of `typ` that an identity may have. Access tokens, logout tokens, security events and other tokens by the
    /// same issuer have others, and are refused (RFC 8725, section 3.11).
    private static let types: Set<String?> = [nil, "jwt", "jose"]

    public init(_ issuers: [FederationIssuer], clock: Clock) {
        self.issuers = issuers
        keys = issuers.map { IssuerKeys($0, clock: clock) }
        self.clock = clock
    }

    /// The identity in a signed JWT in compact form. It does not count as used; `TrustDesk.trade` does that.
    ///
    /// - Parameter audiences: what it may be for beside the issuer's audience in the configuration.
    public func verify(
        _ jwt: String, alsoFor audiences: [String] = []
    ) async throws(IdentityFault) -> VerifiedIdentity {
        guard !issuers.isEmpty else { throw .noIssuers }
        let keys = try signer(of: jwt)
        let payload: [UInt8]
        do throws(OIDCFault) {
            payload = try await keys.payload(of: jwt, allowed: Self.algorithms)
        } catch {
            if case .signature(let fault) = error { throw .signature(fault) }
            throw .keys(error)
        }
        return try identity(
            in: payload, from: keys.issuer, for: [keys.issuer.audience] + audiences, at: clock.now)
    }

    /// The issuer that an identity claims to have, once its header is checked.
    private func signer(of jwt: String) throws(IdentityFault) -> IssuerKeys {
        let header: JWS.Header
        let payload: [UInt8]
        do throws(JOSEFault) {
            header = try JWS.header(of: jwt)
            payload = try JWS.unverifiedPayload(of: jwt)
        } catch {
            switch error {
            case .malformed: throw .malformed
            default: throw .signature(error)
            }
        }
        guard Self.types.contains(header.type) else { throw .otherKind }
        guard Self.algorithms.contains(header.algorithm) else { throw .signature(.algorithmNotAllowed) }
        guard let document = try? JSONValue(parsing: payload), case .object = document else {
            throw .malformed
        }
        guard let issuer = document["iss"]?.string,
            let keys = keys.first(where: { $0.issuer.issuer.isExactly(issuer) })
        else { throw .unknownIssuer }
        guard let key = header.keyID, !key.isEmpty else { throw .noKeyID }
        return keys
    }

    /// The identity in a payload whose signature was verified.
    private func identity(
        in payload: [UInt8], from issuer: FederationIssuer, for audiences: [String], at now: Timestamp
    ) throws(IdentityFault) -> VerifiedIdentity {
        let claims: IDTokenClaims
        do throws(IDTokenFault) {
            claims = try IDTokenClaims(parsing: payload)
        } catch {
            throw .claims(error)
        }
        guard claims.document["events"] == nil else { throw .otherKind }
        guard claims.audience.count <= 1 else { throw .severalAudiences }
        if let fault = claims.identityFault(issuer: issuer.issuer, audiences: audiences, at: now) {
            throw .claims(fault)
        }
        guard let subject = claims.subject, let issuedAt = claims.issuedAt, let end = claims.expiresAt else {
            throw .malformed
        }
        guard now - issuedAt <= Self.longestAge + Self.leeway else { throw .tooOld }
        guard end - issuedAt <= Self.longestAge + Self.leeway else { throw .lastsTooLong }
        let identity = VerifiedIdentity(
            issuer: issuer.issuer, issuerName: issuer.name, kind: issuer.kind, subject: subject,
            claims: IdentityClaims(claims.document.flattened), mark: Self.mark(claims, payload, of: issuer),
            acceptedUntil: end + Self.leeway)
        if let event = identity.refusedEvent { throw .event(event) }
        return identity
    }

    /// By what an identity is recognised when it comes again: its `jti`, or its claims where it has none. The signature
    /// is left out, since one text can have several.
    private static func mark(
        _ claims: IDTokenClaims, _ payload: [UInt8], of issuer: FederationIssuer
    ) -> SHA256Digest {
        let start = Array("identity\0\(issuer.issuer)\0".utf8)
        guard let id = claims.document["jti"]?.string, !id.isEmpty else {
            return SHA256Digest(of: (start + [0] + payload).span)
        }
        return SHA256Digest(of: (start + [1] + Array(id.utf8)).span)
    }
}

extension IDTokenClaims {
    /// What is wrong with these claims as an identity for one of `audiences` at `now`, if anything.
    fileprivate func identityFault(
        issuer: String, audiences: [String], at now: Timestamp
    ) -> IDTokenFault? {
        // An authorized party is the job's own client at its issuer, if anything; the audience decides.
        guard self.issuer?.isExactly(issuer) ?? false else { return .wrongIssuer }
        guard audiences.contains(where: self.audience.containsExactly) else { return .wrongAudience }
        guard let subject, !subject.isEmpty, subject.utf8.count <= ClaimMatch.valueLimit,
            !subject.utf8.contains(0)
        else { return .noSubject }
        return timeFault(at: now)
    }
}

extension JSONValue {
    /// The claims of an object as ``Tokens/IdentityClaims`` takes them: those within others with both names.
    fileprivate var flattened: [(name: String, values: [String])] {
        var found: [(name: String, values: [String])] = []
        func add(_ value: JSONValue, _ name: String, depth: Int) {
            if case .object(let members) = value {
                guard depth < 5 else { return }
                for (key, member) in members { add(member, "\(name)/\(key)", depth: depth + 1) }
            } else if let values = value.claimValues {
                found.append((name, values))
            }
        }
        if case .object(let members) = self {
            for (key, member) in members { add(member, key, depth: 0) }
        }
        return found
    }

    /// The texts of a claim's value; `nil` for null, for fractions, and for lists of anything but such values.
    private var claimValues: [String]? {
        switch self {
        case .string(let text): return [text]
        case .integer(let number): return ["\(number)"]
        case .bool(let truth): return [truth ? "true" : "false"]
        case .array(let elements):
            let values = elements.compactMap { element -> [String]? in
                if case .array = element { nil } else { element.claimValues }
            }
            return values.count == elements.count ? values.flatMap(\.self) : nil
        case .null, .number, .object: return nil
        }
    }
}
