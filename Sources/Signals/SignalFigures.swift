import Synchronization
public import Tokens

/// What this node has counted of signals since its start, and what it refused last.
public final class SignalFigures: Sendable {
    /// A refused token.
    public struct Refusal: Hashable, Sendable {
        public let at: Timestamp
        public let fault: SignalFault
    }

    public struct Counts: Hashable, Sendable {
        /// Signals that were kept, by their name; others than Jeton knows are counted together.
        public var received: [String: Int] = [:]
        /// Those that had come before.
        public var repeated = 0
        /// Refused ones, by the code of the answer.
        public var refused: [String: Int] = [:]
        public var lastReceivedAt: Timestamp?
        public var lastRefusal: Refusal?
        /// Why the latest poll failed; `nil` where it did not.
        public var pollFault: String?
        public var isPolling = false
    }

    private let counts = Mutex(Counts())

    public init() {}

    public var all: Counts { counts.withLock { $0 } }

    func change(_ body: (inout Counts) -> Void) {
        counts.withLock { body(&$0) }
    }

    func receive(_ name: String, at now: Timestamp) {
        let known = SignalEvent(rawValue: name) != nil || name == "verification" || name == "stream-updated"
        change { counts in
            counts.received[known ? name : "other", default: 0] += 1
            counts.lastReceivedAt = now
        }
    }

    func refuse(_ fault: SignalFault, at now: Timestamp) {
        change { counts in
            counts.refused[fault.code, default: 0] += 1
            counts.lastRefusal = Refusal(at: now, fault: fault)
        }
    }
}
