public import JOSE
import Tokens

/// Why an identity is not accepted. It holds nothing of the identity but what its issuer says of the event that started the
/// job.
public enum IdentityFault: Error, Hashable, Sendable {
    /// No issuer is configured.
    case noIssuers
    /// It is no signed token (RFC 7519).
    case malformed
    /// It says of itself that it is another kind of token (`typ`, or the claim `events`).
    case otherKind
    /// Its issuer is none of those in the configuration.
    case unknownIssuer
    /// It names no key (`kid`).
    case noKeyID
    case signature(JOSEFault)
    case claims(IDTokenFault)
    /// It is for several audiences.
    case severalAudiences
    /// It was issued longer ago than identities are accepted.
    case tooOld
    /// It lasts longer than identities are accepted.
    case lastsTooLong
    /// Jobs that this event started get nothing.
    case event(String)
    /// The issuer's keys cannot be had.
    case keys(OIDCFault)

    /// The reason's name in events and metrics.
    public var name: String {
        switch self {
        case .noIssuers: "no_issuers"
        case .malformed: "malformed"
        case .otherKind: "other_kind"
        case .unknownIssuer: "unknown_issuer"
        case .noKeyID: "no_key_id"
        case .signature(let fault): fault.name
        case .claims(let fault): fault.name
        case .severalAudiences: "several_audiences"
        case .tooOld: "too_old"
        case .lastsTooLong: "lasts_too_long"
        case .event: "event_refused"
        case .keys: "keys_unavailable"
        }
    }

    /// Whether the issuer or the network is at fault, so that trying again may help.
    public var isTemporary: Bool { if case .keys = self { true } else { false } }
}

extension IdentityFault: CustomStringConvertible {
    public var description: String {
        switch self {
        case .noIssuers:
            "identities are not traded here: the operator names their issuers in the configuration (federation)"
        case .malformed: "this is not a signed identity: send the JSON Web Token that the job was given"
        case .otherKind:
            "this is another kind of token, not an identity: send the ID token that the job was given"
        case .unknownIssuer:
            "the issuer (iss) of this identity is not one of those that are accepted here: "
                + "the operator adds it to the configuration (federation)"
        case .noKeyID: "the identity does not name the key that signed it (kid)"
        case .signature(.unknownKey): "the key that signed the identity is not among its issuer's"
        case .signature(.badSignature): "the signature of the identity is not its issuer's"
        case .signature(.algorithmNotAllowed):
            "the identity is signed with another algorithm than RS256, ES256 or EdDSA"
        case .signature(let fault): "the identity cannot be verified: \(fault)"
        case .claims(.wrongAudience):
            "the identity is for somebody else (aud): ask for one with this desk's audience"
        case .claims(.expired):
            "the identity has expired (exp): ask for a new one (the two clocks may differ)"
        case .claims(.notYetValid), .claims(.issuedInTheFuture):
            "the identity is not valid yet (nbf, iat): the two clocks differ"
        case .claims(.noExpiry): "the identity has no expiry (exp)"
        case .claims(.noIssueTime): "the identity does not say when it was issued (iat)"
        case .claims(.noSubject): "the identity has no usable subject (sub)"
        case .claims(.wrongIssuer): "the identity is from another issuer"
        case .claims: "the claims of the identity cannot be read"
        case .severalAudiences:
            "the identity is for several audiences (aud): ask for one with this desk's only"
        case .tooOld:
            "the identity was issued more than \(IdentityVerifier.longestAge.words) ago: ask for a new one"
        case .lastsTooLong:
            "the identity is valid for more than \(IdentityVerifier.longestAge.words): ask for a shorter one"
        case .event(let event):
            "jobs that `\(event)` started get no token, since they run code that anybody may have sent "
                + "with the rights of the repository: use another event"
        case .keys: "the keys of the identity's issuer cannot be had right now: try again in a moment"
        }
    }
}
