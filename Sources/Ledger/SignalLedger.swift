public import Sodium
public import Tokens

/// What the identity provider says of people (Shared Signals), each once, and what is known of its streams.
public protocol SignalLedger: Sendable {
    /// Does what a signal asks for and keeps it as an event, in one transaction. Returns what was done, or `nil` where a
    /// signal with that mark was received before on any node: then nothing happens.
    func receive(_ signal: Signal) async throws(LedgerError) -> SignalOutcome?
    /// What is known of a stream; nothing is set before the first signal.
    func stream(_ name: String) async throws(LedgerError) -> SignalStream
    /// Changes what is known of a stream, except when a signal was last received and who polls it. Returns it as it now is.
    @discardableResult
    func update(
        stream name: String, _ change: @escaping @Sendable (inout SignalStream) -> Void
    ) async throws(LedgerError) -> SignalStream
    /// Lets `holder` alone poll a stream until `end`. Returns `false` where another node polls it at `now`.
    func lease(
        stream name: String, to holder: Int64, until end: Timestamp, at now: Timestamp
    ) async throws(LedgerError) -> Bool
    /// Lets another node poll the stream at once.
    func release(stream name: String, of holder: Int64) async throws(LedgerError)
}

/// A security event of the identity provider (RFC 8417), judged and ready to be kept and acted on.
public struct Signal: Hashable, Sendable {
    /// Whom it names.
    public enum Person: Hashable, Sendable {
        /// Somebody by the identity with which they sign in, or by the `externalId` that the provider gave them.
        case identity(Identity)
        /// Somebody by their e-mail address.
        case email(String)
        /// Nobody, or in a way by which Jeton does not find people.
        case unnamed
    }

    /// The stream by which it came.
    public let stream: String
    /// What recognises it when it comes again: a digest of its issuer and identifier.
    public let mark: SHA256Digest
    /// Until when it is recognised. It is refused as too old from then on.
    public let markedUntil: Timestamp
    /// What it is called: `session-revoked`.
    public let name: String
    public let person: Person
    /// The provider's session (`sid`) to which it is limited.
    public let session: String?
    public let act: SignalAct
    /// What else is to be read about it: the provider's reason, why nothing is done.
    public let remark: String
    /// When the provider issued it, in its own time.
    public let issuedAt: Timestamp
    public let at: Timestamp
    /// The address from which it came; empty where Jeton fetched it.
    public let address: String

    public init(
        stream: String, mark: SHA256Digest, markedUntil: Timestamp, name: String, person: Person,
        session: String? = nil, act: SignalAct, remark: String = "", issuedAt: Timestamp, at: Timestamp,
        address: String
    ) {
        (self.stream, self.mark, self.markedUntil, self.name) = (stream, mark, markedUntil, name)
        (self.person, self.session, self.act) = (person, session, act)
        (self.remark, self.issuedAt, self.at, self.address) = (remark, issuedAt, at, address)
    }

    /// How the detail of an event begins that a signal caused, and what follows the name of a token that one changed.
    public static let cause = "by the signal "
    public static let causeOfChange = ": by the signal "

    /// The event's detail: "session-revoked: 2 sessions ended (policy violation)".
    public func detail(_ outcome: SignalOutcome) -> String {
        "\(name): \(outcome.words)" + (remark.isEmpty ? "" : " (\(remark))")
    }
}

extension Event {
    /// Whether a signal of the identity provider did it. The detail of other kinds may contain what a stranger chose.
    public var isBySignal: Bool {
        guard actor == nil else { return false }
        return switch kind {
        case .subjectDeactivated, .subjectReactivated, .subjectEnded: detail.hasPrefix(Signal.cause)
        case .tokenRevoked, .tokenPaused: detail.contains(Signal.causeOfChange)
        default: false
        }
    }
}

/// What is known of a stream of signals.
public struct SignalStream: Hashable, Sendable {
    /// What the transmitter calls it; `nil` where it was not set up from here.
    public var id: String?
    /// Where it is polled; `nil` where the transmitter pushes.
    public var endpoint: String?
    /// What the transmitter last said of it: `enabled`, `paused` or `disabled`.
    public var status: String?
    /// The latest signal: its name, and when it was received.
    public var lastEvent: String?
    public var lastAt: Timestamp?
    /// The digest of the `state` that the transmitter was asked to send back, and since when.
    public var askedState: SHA256Digest?
    public var askedAt: Timestamp?
    /// When a verification that was asked for last came.
    public var verifiedAt: Timestamp?

    public init() {}
}
