import JOSE
public import Ledger
import SignIn
import Sodium
public import Tokens

/// Takes the identity provider's signals: verifies each, keeps it, and acts on it, once.
///
/// Pushed and fetched signals come the same way. When ``receive(_:from:)`` returns, what it did is durable, and this node
/// refuses whatever it ended; other nodes follow as they follow every change.
public struct SignalReceiver: Sendable {
    public let settings: SignalSettings
    public let figures = SignalFigures()
    let ledger: any SignalLedger
    let clock: Clock
    let transmitter: Transmitter
    private let keys: SignerKeys

    /// The algorithms of the interoperability profile (CAEP 1.0 Interoperability Profile), and ES256.
    private static let algorithms: Set<JWSAlgorithm> = [.rs256, .es256]
    /// The type of a security event token (RFC 8417, section 2.3).
    private static let type = "secevent+jwt"
    /// The shortest time between two fetches of keys. A signal by a new key that comes sooner is to be sent again.
    private static let betweenFetches = TimeSpan.seconds(10)
    /// How long a verification may take that was asked for.
    static let verificationSpan = TimeSpan.hours(1)

    public init(ledger: any SignalLedger, clock: Clock, settings: SignalSettings) {
        let transmitter = Transmitter(settings, clock: clock)
        self.transmitter = transmitter
        keys = SignerKeys(clock: clock, betweenFetches: Self.betweenFetches) { await transmitter.keys() }
        (self.ledger, self.clock, self.settings) = (ledger, clock, settings)
    }

    /// Takes a security event token in compact form that came from `address`. Returns once it is durable.
    func receive(_ compact: String, from address: String) async throws {
        do {
            try await take(compact, from: address)
        } catch let fault as SignalFault {
            figures.refuse(fault, at: clock.now)
            throw fault
        }
    }

    private func take(_ compact: String, from address: String) async throws {
        let now = clock.now
        let token = try SecurityEventToken(
            parsing: try await payload(of: compact), from: settings.issuer, to: settings.audience, at: now)
        let critical = await transmitter.knownCriticalMembers
        switch token.judged(by: settings, critical: critical, from: address, at: now) {
        case .verification(let stream, let state): try await verify(stream, state, at: now)
        case .streamUpdated(let stream, let status, _):
            _ = try await known(stream)
            try await ledger.update(stream: settings.name) { $0.status = status }
            figures.receive("stream-updated", at: now)
        case .signal(let signal):
            guard try await ledger.receive(signal) != nil else {
                return figures.change { $0.repeated += 1 }
            }
            figures.receive(signal.name, at: now)
        }
    }

    private func payload(of compact: String) async throws(SignalFault) -> [UInt8] {
        let payload: [UInt8]?
        do throws(OIDCFault) {
            payload = try await keys.payloadOfKnownKey(
                of: compact, type: Self.type, allowed: Self.algorithms)
        } catch {
            guard case .signature(let fault) = error else { throw .keysUnavailable(error) }
            switch fault {
            case .wrongType: throw .wrongType
            case .malformed, .tooLarge, .criticalExtension: throw .malformed
            case .badKeySet: throw .keysUnavailable(error)
            case .unsigned, .algorithmNotAllowed, .unknownKey, .badSignature: throw .signature(fault)
            }
        }
        guard let payload else { throw .keysJustFetched }
        return payload
    }

    /// What is known of the stream that a signal is about.
    private func known(_ stream: String?) async throws -> SignalStream {
        let known = try await ledger.stream(settings.name)
        if let id = known.id, let stream, !id.isExactly(stream) { throw SignalFault.otherStream }
        return known
    }

    /// Notes that the stream works. A `state` has to be the one that was asked for.
    private func verify(_ stream: String?, _ state: String?, at now: Timestamp) async throws {
        let known = try await known(stream)
        if let state {
            guard known.isAwaiting(state, at: now) else { throw SignalFault.otherState }
            try await ledger.update(stream: settings.name) { stream in
                (stream.askedState, stream.askedAt, stream.verifiedAt) = (nil, nil, now)
            }
        }
        figures.receive("verification", at: now)
    }
}

extension SignalStream {
    /// Whether the transmitter was asked for a verification with that state, within the hour before `now`.
    fileprivate func isAwaiting(_ state: String, at now: Timestamp) -> Bool {
        guard let askedState, let askedAt,
            askedAt.isWithin(SignalReceiver.verificationSpan, before: now)
        else { return false }
        return askedState == SHA256Digest(of: state)
    }
}
