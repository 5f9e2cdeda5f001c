extension Verdict.Holder {
    /// The moment until which every request passes that does `access` at `service` and presents the token
    /// without a login, wherever it goes there and wherever it comes from.
    ///
    /// `nil` where more than the time decides that, and where it does not pass at `now`. So whoever keeps
    /// this moment, for as long as the holder is as it is, judges the same by it.
    public func standing(_ access: Access, at service: Service, now: Timestamp) -> Timestamp? {
        // Of where it goes and comes from nothing is told: where that counts, it does not pass.
        let request = ServiceRequest(access, from: nil)
        guard denial(login: .nobody, service: service, request: request, at: now) == nil else { return nil }
        let end = token.expiresAt ?? .distantFuture
        return min(end, policy?.sleep(of: owner, at: now) ?? .distantFuture)
    }
}
