import JSON
import Tokens

/// A security event token (SET, RFC 8417) of the Shared Signals Framework 1.0, whose signature was verified.
struct SecurityEventToken: Hashable, Sendable {
    /// `jti`.
    let identifier: String
    let issuedAt: Timestamp
    /// The event's type, a URI.
    let type: String
    /// The event's own members.
    let event: JSONValue
    /// `sub_id`.
    let subject: SignalSubject

    /// How long after its issue a token is taken, and how long it is recognised when it comes again. A transmitter that
    /// could not deliver tries for hours or days.
    static let lasting = TimeSpan.days(30)
    private static let identifierLimit = 255

    /// Reads and judges a payload as SSF 1.0 demands, for a stream from `issuer` to `audience`, at `now`.
    init(
        parsing payload: [UInt8], from issuer: String, to audience: String, at now: Timestamp
    ) throws(SignalFault) {
        guard let claims = try? JSONValue(parsing: payload), case .object = claims else { throw .malformed }
        guard claims["iss"]?.string?.isExactly(issuer) ?? false else { throw .otherIssuer }
        guard Self.audience(claims["aud"]).containsExactly(audience) else { throw .otherAudience }
        guard claims["exp"] == nil else { throw .hasExpiry }
        guard claims["sub"] == nil else { throw .hasSubjectClaim }
        issuedAt = try Self.issueTime(claims["iat"], at: now)
        guard let identifier = claims["jti"]?.string, !identifier.isEmpty,
            identifier.utf8.count <= Self.identifierLimit
        else { throw .noIdentifier }
        self.identifier = identifier
        guard case .object(let events)? = claims["events"], events.count == 1,
            let (type, event) = events.first,
            case .object = event
        else { throw .notOneEvent }
        (self.type, self.event) = (type, event)
        guard let subject = SignalSubject(claims["sub_id"]) else { throw .noSubject }
        self.subject = subject
    }

    private static func audience(_ value: JSONValue?) -> [String] {
        value?.string.map { [$0] } ?? value?.array?.compactMap(\.string) ?? []
    }

    /// RFC 7519 takes any number. Some 34,000 years are enough, and fit into milliseconds.
    private static func issueTime(_ value: JSONValue?, at now: Timestamp) throws(SignalFault) -> Timestamp {
        let issued: Timestamp
        switch value {
        case .integer(let seconds)? where seconds.magnitude < 1 << 40: issued = Timestamp(seconds: seconds)
        case .number(let seconds)? where seconds.magnitude < 0x1p40:
            issued = Timestamp(seconds: Int64(seconds))
        default: throw .noIssueTime
        }
        if issued.isAhead(of: now) { throw .fromTheFuture }
        guard now < issued + lasting else { throw .tooOld(days: lasting.seconds / 86_400) }
        return issued
    }
}
