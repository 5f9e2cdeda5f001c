internal import Synchronization
internal import Tokens

/// What few secrets have and a packed record has no room for: the identifier of a token that was rotated, pauses,
/// that a token was handed over, and the agents that act with it.
///
/// Details are set before the record that is flagged to have them, and removed after its flags. So a reader that sees
/// the flags finds details that are as new as the record, or newer.
final class SecretDetails: Sendable {
    struct Details: Hashable, Sendable {
        let token: TokenID
        let pauses: [Pause]
        let handOver: HandOver?
        var actors: [SubjectID] = []
    }

    private let details = Mutex<[SecretID: Details]>([:])

    subscript(secret: SecretID) -> Details? { details.withLock { $0[secret] } }

    /// Stores the details of a secret unless it has some and `unlessKnown` is set. Returns whether others were
    /// replaced.
    func set(_ new: Details, of secret: SecretID, unlessKnown: Bool = false) -> Bool {
        details.withLock { details in
            let old = details[secret]
            if unlessKnown, old != nil { return false }
            details[secret] = new
            return old != nil && old != new
        }
    }

    func remove(of secret: SecretID) {
        details.withLock { $0[secret] = nil }
    }
}
