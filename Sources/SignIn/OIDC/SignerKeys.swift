public import JOSE
public import Tokens

/// The public keys of whoever signs, cached for an hour.
///
/// For an unknown key they are fetched again, but not more often than once in a span, whatever key identifiers strangers
/// make up. Several who need them at once wait for one fetch.
public actor SignerKeys {
    private let clock: Clock
    private let betweenFetches: TimeSpan
    private let fetch: @Sendable () async -> Result<JWKSet, OIDCFault>

    // Moments of the steady clock.
    private var known: (set: JWKSet, at: Timestamp)?
    private var askedAt: Timestamp?
    private var fetching: Task<Result<JWKSet, OIDCFault>, Never>?

    /// How long keys are cached.
    static let cacheLifetime = TimeSpan.hours(1)

    /// - Parameters:
    ///   - betweenFetches: the shortest time between two fetches.
    ///   - fetch: gets the keys from the signer.
    public init(
        clock: Clock, betweenFetches: TimeSpan = .minutes(1),
        fetch: @escaping @Sendable () async -> Result<JWKSet, OIDCFault>
    ) {
        self.clock = clock
        self.betweenFetches = betweenFetches
        self.fetch = fetch
    }

    /// The payload of a JWS in compact form that one of the keys signed, see ``JOSE/JWS/verify(_:type:keys:allowed:)``.
    public func payload(
        of compact: String, type: String? = nil, allowed: Set<JWSAlgorithm> = Set(JWSAlgorithm.allCases)
    ) async throws(OIDCFault) -> [UInt8] {
        let keys = try await current()
        let result = Self.verified(compact, type, keys, allowed)
        guard case .failure(.signature(.unknownKey)) = result, fetching != nil || mayFetch else {
            return try result.get()
        }
        return try Self.verified(compact, type, try await fetched(), allowed).get()
    }

    private static func verified(
        _ compact: String, _ type: String?, _ keys: JWKSet, _ allowed: Set<JWSAlgorithm>
    ) -> Result<[UInt8], OIDCFault> {
        Result { () throws(JOSEFault) in
            try JWS.verify(compact, type: type, keys: keys, allowed: allowed)
        }.mapError { .signature($0) }
    }

    private var mayFetch: Bool {
        !(askedAt?.isWithin(betweenFetches, before: clock.steady) ?? false)
    }

    private func current() async throws(OIDCFault) -> JWKSet {
        if let known, known.at.isWithin(Self.cacheLifetime, before: clock.steady) { return known.set }
        return try await fetched()
    }

    private func fetched() async throws(OIDCFault) -> JWKSet {
        let asking = fetching ?? Task { await self.fetch() }
        if fetching == nil { askedAt = clock.steady }
        fetching = asking
        let result = await asking.value
        fetching = nil
        if case .success(let set) = result { known = (set, clock.steady) }
        return try result.get()
    }
}
