public import JOSE
public import SignIn

/// Why a security event token is refused (RFC 8935, section 2.3; Shared Signals Framework 1.0).
public enum SignalFault: Error, Hashable, Sendable {
    case notAuthorized
    case otherMediaType
    case malformed
    case wrongType
    case signature(JOSEFault)
    case otherIssuer
    case otherAudience
    case hasExpiry
    case hasSubjectClaim
    case noIdentifier
    case noIssueTime
    case fromTheFuture
    case tooOld(days: Int64)
    case notOneEvent
    case noSubject
    case otherStream
    case otherState
    /// The transmitter's keys cannot be fetched, so that nothing can be said of the token.
    case keysUnavailable(OIDCFault)
    /// The key is unknown, and the transmitter's keys were asked for a moment ago.
    case keysJustFetched

    /// The code in the answer (`err`).
    public var code: String {
        switch self {
        case .notAuthorized: "authentication_failed"
        case .signature: "invalid_key"
        case .otherIssuer: "invalid_issuer"
        case .otherAudience: "invalid_audience"
        case .otherState: "invalid_state"
        case .keysUnavailable, .keysJustFetched: "temporarily_unavailable"
        case .otherMediaType, .malformed, .wrongType, .hasExpiry, .hasSubjectClaim, .noIdentifier,
            .noIssueTime,
            .fromTheFuture, .tooOld, .notOneEvent, .noSubject, .otherStream:
            "invalid_request"
        }
    }

    /// 503 where the token may be good, so that the transmitter sends it again; else 400.
    public var status: Int {
        switch self {
        case .keysUnavailable, .keysJustFetched: 503
        default: 400
        }
    }

    /// After how many seconds to send it again, where the status is 503.
    var retryAfter: Int { if case .keysJustFetched = self { 10 } else { 5 } }

    /// The description in the answer (`description`), for whoever runs the transmitter.
    public var sentence: String {
        switch self {
        case .notAuthorized:
            "the Authorization header is not the one in `signals.authorization_file`: give the transmitter that value"
        case .otherMediaType: "the body must be sent as application/secevent+jwt"
        case .malformed:
            "the body is not a security event token in the compact form of a JWS with JSON claims"
        case .wrongType: "the type (`typ`) in the header must be secevent+jwt"
        case .signature(let fault): "the signature cannot be accepted: \(fault)"
        case .otherIssuer: "the issuer (`iss`) is not the one in `signals.issuer`"
        case .otherAudience: "the audience (`aud`) does not contain the one in `signals.audience`"
        case .hasExpiry: "a security event token must not have an expiry (`exp`)"
        case .hasSubjectClaim: "the subject must be in `sub_id`, and there must be no `sub`"
        case .noIdentifier: "the identifier (`jti`) is missing, or has more than 255 bytes"
        case .noIssueTime: "the time of issue (`iat`) is missing or is not a number"
        case .fromTheFuture: "the time of issue (`iat`) is in the future: check the clocks"
        case .tooOld(let days): "the time of issue (`iat`) is more than \(days) days ago"
        case .notOneEvent: "`events` must have exactly one event, with an object"
        case .noSubject: "`sub_id` is missing, or lacks a member of its format"
        case .otherStream: "it is about another stream"
        case .otherState: "the `state` is not the one that was asked for"
        case .keysUnavailable(let fault):
            "the transmitter's keys cannot be fetched (\(fault.name)): send it again later"
        case .keysJustFetched:
            "the key is unknown, and the transmitter's keys were asked for a moment ago: send it again in 10 seconds"
        }
    }
}
