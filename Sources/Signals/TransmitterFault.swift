import SignIn

/// Why the transmitter of signals cannot be asked for something.
public enum TransmitterFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// What Jeton asked it for.
    public enum Asked: String, Hashable, Sendable {
        case metadata = "its metadata"
        case keys = "its keys"
        case token = "an access token"
        case stream = "the stream"
        case verification = "a verification"
        case status = "the stream's status"
        case poll = "signals"
    }

    case silent(Asked, reason: String)
    /// It did not answer in time.
    case slow(Asked)
    /// It answered with that status; `code` is the error that it named, made safe.
    case refused(Asked, status: Int, code: String?)
    /// The answer is not what the specification says.
    case malformed(Asked, what: String)
    case otherIssuer
    /// It has no address for this, or one that is not https.
    case noAddress(Asked)
    /// `signals.stream` is not configured.
    case notManaged
    case notSetUp
    /// The address that was stored for polling is not https.
    case unsafePollAddress
    /// Signals came whose signature cannot be verified now.
    case unverified(reason: String)
    /// Several streams are there, and none or more than one is this desk's.
    case ambiguousStream

    public var description: String {
        switch self {
        case .silent(let asked, let reason):
            "the transmitter did not answer when asked for \(asked.rawValue): \(reason)"
        case .slow(let asked): "the transmitter did not answer in time when asked for \(asked.rawValue)"
        case .refused(let asked, let status, let code):
            "the transmitter answered \(status) when asked for \(asked.rawValue)"
                + (code.map { " (\($0))" } ?? "")
                + (status == 401 || status == 403
                    ? ": check `signals.stream.client_id`, its secret and scopes" : "")
        case .malformed(let asked, let what):
            "the transmitter's answer to a request for \(asked.rawValue) cannot be used: \(what)"
        case .otherIssuer:
            "the transmitter's metadata is of another issuer: `signals.issuer` must be exactly what it says"
        case .noAddress(let asked): "the transmitter's metadata has no https address for \(asked.rawValue)"
        case .notManaged:
            "the stream is managed at the transmitter: set `signals.stream.client_id` to manage it from here"
        case .notSetUp: "the stream is not set up: run `jeton signals set-up` first"
        case .unsafePollAddress:
            "the address that the transmitter gave for polling (`delivery.endpoint_url`) is not https"
        case .unverified(let reason): "signals came that cannot be verified yet: \(reason)"
        case .ambiguousStream:
            "the transmitter has several streams for this client, and which is this desk's cannot be told: give the desk a client of its own"
        }
    }

    /// The same as a fault of a provider's keys.
    var asKeyFault: OIDCFault {
        switch self {
        case .silent: .providerUnreachable
        case .slow: .providerSlow
        case .otherIssuer: .discoveryOfAnotherIssuer
        case .noAddress: .insecureAddress(of: .keys)
        default: .providerAnswer(of: .keys)
        }
    }
}
