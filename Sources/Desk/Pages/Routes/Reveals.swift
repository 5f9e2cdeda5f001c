import Ledger
import Tokens

/// Secrets on their way from the form that made them to the page that shows them, each once.
///
/// The form's answer leads to another page (303), so that reloading it or going back sends nothing
/// again. In between the secret is held here: in memory alone, for the browser's own session alone,
/// for a minute at most, and gone at the first look.
actor Reveals<Secret: Sendable> {
    private struct Key: Hashable {
        let session: SessionID
        let id: Int64
    }

    private var held: [Key: (secret: Secret, until: Timestamp)] = [:]
    private let clock: Clock

    /// For how long a secret waits to be looked at.
    static var patience: TimeSpan { .minutes(1) }
    /// The most that wait at a time; beyond that the longest waiting is dropped.
    static var capacity: Int { 1000 }

    init(clock: Clock) {
        self.clock = clock
    }

    /// Holds `secret`, which is about the thing of that number.
    func hold(_ secret: Secret, about id: Int64, for session: SessionID) {
        let now = clock.now
        held = held.filter { $0.value.until > now }
        if held.count >= Self.capacity, let oldest = held.min(by: { $0.value.until < $1.value.until }) {
            held[oldest.key] = nil
        }
        held[Key(session: session, id: id)] = (secret, now + Self.patience)
    }

    /// Hands the secret over, once.
    func take(about id: Int64, for session: SessionID) -> Secret? {
        guard let (secret, until) = held.removeValue(forKey: Key(session: session, id: id)), until > clock.now
        else { return nil }
        return secret
    }
}
