/// Where failed attempts are kept, with the one rule by which guessing is slowed.
///
/// An attempt is counted as a failure when it begins, so that many at once are no way around the wait, and
/// taken back when it succeeds:
///
///     if let wait = store.begin(keys, at: now) { return refuse(retryAfter: wait) }
///     if isRight(password) { store.succeed(keys) }
///
/// A refusal while waiting does not lengthen the wait, and the wait is capped, so that nobody is locked out
/// for good.
public protocol AttemptStore {
    /// What reading and writing may throw; `Never` in memory.
    associatedtype Failure: Error

    /// The failures kept of `key`, also those that are over.
    func failures(of key: AttemptKey) throws(Failure) -> FailedAttempts?
    /// Keeps `failures` of `key` in place of what was kept; `nil` removes it.
    mutating func keep(_ failures: FailedAttempts?, of key: AttemptKey) throws(Failure)
}

extension AttemptStore {
    /// How long `keys` still have to wait; `nil` where they may try now.
    public func wait(for keys: [AttemptKey], at now: Timestamp) throws(Failure) -> TimeSpan? {
        var longest: TimeSpan?
        for key in keys {
            guard let wait = try failures(of: key)?.wait(after: key.free, at: now) else { continue }
            longest = max(longest ?? wait, wait)
        }
        return longest
    }

    /// Counts an attempt as a failure of each of `keys`, unless they have to wait: then nothing is counted, and
    /// the wait comes back.
    public mutating func begin(_ keys: [AttemptKey], at now: Timestamp) throws(Failure) -> TimeSpan? {
        if let wait = try wait(for: keys, at: now) { return wait }
        try fail(keys, at: now)
        return nil
    }

    /// Counts a failure of each of `keys`.
    public mutating func fail(_ keys: [AttemptKey], at now: Timestamp) throws(Failure) {
        for key in keys {
            try keep(failures(of: key)?.another(at: now) ?? FailedAttempts(count: 1, last: now), of: key)
        }
    }

    /// Forgets the failures of `keys` after a success; of a shared key this attempt alone.
    public mutating func succeed(_ keys: [AttemptKey]) throws(Failure) {
        for key in keys {
            guard let failed = try failures(of: key) else { continue }
            try keep(key.isShared ? failed.withoutOne : nil, of: key)
        }
    }

    /// Takes an attempt back that was neither right nor wrong.
    public mutating func withdraw(_ keys: [AttemptKey]) throws(Failure) {
        for key in keys {
            guard let failed = try failures(of: key) else { continue }
            try keep(failed.withoutOne, of: key)
        }
    }
}
