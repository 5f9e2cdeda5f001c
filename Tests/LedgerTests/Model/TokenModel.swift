import Ledger
import Tokens

/// One token with all its secrets and all that was exchanged for them: what each may do, in a few lines.
///
/// A pure value, which knows neither tables nor notifications. What a ledger and its index do is held against it.
struct TokenModel: Hashable, Sendable {
    /// A secret of the token, or of a token that was exchanged for one of its secrets.
    struct Secret: Hashable, Sendable {
        let id: SecretID
        let digest: TokenDigest
        var expiresAt: Timestamp?
        /// The secret that it was exchanged for, and the device.
        var parent: SecretID?
        var device = 0
        var isPrevious = false
        var isRevoked = false

        func works(at now: Timestamp) -> Bool { !isRevoked && (expiresAt.map { now < $0 } ?? true) }

        mutating func expire(noLaterThan end: Timestamp) { expiresAt = expiresAt.map { min($0, end) } ?? end }
    }

    /// What a change comes to.
    enum Outcome: Hashable, Sendable {
        case done
        /// There was nothing to change.
        case nothing
        case refused(LedgerError)
    }

    private(set) var id: TokenID
    private(set) var secrets: [Secret]
    private(set) var current: SecretID
    private(set) var pauses: [Pause.Source: Timestamp] = [:]
    private(set) var isNarrow = false

    init(id: TokenID, digest: TokenDigest, expiresAt: Timestamp?) {
        self.id = id
        current = id.firstSecret
        secrets = [Secret(id: current, digest: digest, expiresAt: expiresAt)]
    }

    subscript(id: SecretID) -> Secret? { secrets.first { $0.id == id } }

    var currentSecret: Secret { self[current] ?? secrets[0] }

    /// The previous secrets that still work, with the current one if it does.
    func working(at now: Timestamp) -> [SecretID] {
        secrets.filter { $0.parent == nil && $0.works(at: now) }.map(\.id)
    }

    /// Whether every request is refused for good.
    func hasEnded(at now: Timestamp) -> Bool { !currentSecret.works(at: now) }

    /// What a request to write gets that presents the secret: the identifier of its token, or why it is refused.
    func answer(to digest: TokenDigest, at now: Timestamp) -> Answer {
        guard let secret = secrets.first(where: { $0.digest == digest }) else { return .unknown }
        if secret.isRevoked { return .refused(secret.isPrevious ? .previousSecretRevoked : .revoked) }
        guard secret.works(at: now) else {
            return .refused(secret.isPrevious ? .previousSecretExpired : .expired)
        }
        if isPaused(at: now) { return .refused(.paused) }
        if isNarrow { return .refused(.insufficientScope) }
        return .granted(secret.parent == nil ? id : secret.id.alias)
    }

    private func isPaused(at now: Timestamp) -> Bool { pauses.values.contains { now < $0 } }
}

/// What somebody gets who presents a secret.
enum Answer: Hashable, Sendable {
    case granted(TokenID)
    case refused(Denial)
    /// No such secret was made yet.
    case unknown
}

// Changes, as the rules for people say them.
extension TokenModel {
    mutating func apply(_ change: TokenChange) -> Outcome {
        switch change.kind {
        case .rotate(let rotation): rotate(change.token, rotation)
        case .end(let secret): end(secret)
        case .revoke: revoke(at: change.at)
        case .exchange(let child, let isNarrow): exchange(child, isNarrow: isNarrow, at: change.at)
        case .pause(let source, let until): pause(source, until: until, at: change.at)
        case .resume(let source): resume(source, at: change.at)
        case .narrow: narrow(at: change.at)
        case .expire(let end): expire(end, at: change.at)
        }
    }

    private mutating func update(where isMeant: (Secret) -> Bool, _ body: (inout Secret) -> Void) {
        for place in secrets.indices where isMeant(secrets[place]) { body(&secrets[place]) }
    }

    /// The current secret becomes the previous one.
    private mutating func rotate(_ token: TokenID, _ rotation: Rotation) -> Outcome {
        guard token == id, !hasEnded(at: rotation.at) else { return .refused(.notActive) }
        guard working(at: rotation.at) == [current] else { return .refused(.beingRotated) }
        let old = current
        update(where: { $0.id == old }) { $0.isPrevious = true }
        update(where: { $0.id == old || $0.parent == old }) { secret in
            if rotation.previousEndsAt <= rotation.at {
                secret.isRevoked = true
            } else {
                secret.expire(noLaterThan: rotation.previousEndsAt)
            }
        }
        secrets.append(Secret(id: rotation.secret, digest: rotation.digest, expiresAt: rotation.expiresAt))
        current = rotation.secret
        if rotation.renames { id = current.alias }
        return .done
    }

    private mutating func end(_ secret: SecretID) -> Outcome {
        guard let found = self[secret], found.isPrevious else { return .refused(.noSuchToken) }
        if found.isRevoked { return .nothing }
        update(where: { $0.id == secret || $0.parent == secret }) { $0.isRevoked = true }
        return .done
    }

    /// All that works ends. What has expired may be revoked, too: it is refused either way.
    private mutating func revoke(at now: Timestamp) -> Outcome {
        let ended = Set(working(at: now) + [current])
        update(where: { ended.contains($0.id) || $0.parent.map(ended.contains) ?? false }) {
            $0.isRevoked = true
        }
        return .done
    }

    /// A child may do no more than its parent, and replaces the one of the same device.
    private mutating func exchange(_ child: Secret, isNarrow: Bool, at now: Timestamp) -> Outcome {
        let parent = currentSecret
        guard child.parent == current, parent.works(at: now), !isPaused(at: now), isNarrow || !self.isNarrow,
            child.expiresAt ?? .distantFuture <= parent.expiresAt ?? .distantFuture
        else { return .refused(.notActive) }
        update(where: { $0.parent == child.parent && $0.device == child.device }) { $0.isRevoked = true }
        secrets.append(child)
        return .done
    }

    private mutating func pause(_ source: Pause.Source, until: Timestamp?, at now: Timestamp) -> Outcome {
        guard !hasEnded(at: now) else { return .refused(.notActive) }
        pauses[source] = until ?? .distantFuture
        return .done
    }

    private mutating func resume(_ source: Pause.Source, at now: Timestamp) -> Outcome {
        guard !hasEnded(at: now) else { return .refused(.notActive) }
        guard let end = pauses[source], now < end else { return .nothing }
        pauses[source] = nil
        return .done
    }

    private mutating func narrow(at now: Timestamp) -> Outcome {
        guard !hasEnded(at: now) else { return .refused(.notActive) }
        defer { isNarrow = true }
        return isNarrow ? .nothing : .done
    }

    private mutating func expire(_ end: Timestamp, at now: Timestamp) -> Outcome {
        guard !hasEnded(at: now) else { return .refused(.notActive) }
        guard end < currentSecret.expiresAt ?? .distantFuture else { return .nothing }
        let meant = Set(working(at: now))
        update(where: { meant.contains($0.id) || $0.parent.map(meant.contains) ?? false }) {
            $0.expire(noLaterThan: end)
        }
        return .done
    }
}
