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
    /// How many fetches began.
    private var begun = 0
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
        guard let payload = try await payloadOfKnownKey(of: compact, type: type, allowed: allowed) else {
            throw .signature(.unknownKey)
        }
        return payload
    }

    /// The same; `nil` for an unknown key where the keys were asked for so recently that they are not asked for again: the
    /// key may be there by now.
    public func payloadOfKnownKey(
        of compact: String, type: String? = nil, allowed: Set<JWSAlgorithm> = Set(JWSAlgorithm.allCases)
    ) async throws(OIDCFault) -> [UInt8]? {
        let before = begun
        var result = Self.verified(compact, type, try await current(), allowed)
        guard case .failure(.signature(.unknownKey)) = result else { return try result.get() }
        if begun == before, fetching != nil || mayFetch {
            result = Self.verified(compact, type, try await fetched(), allowed)
        }
        if case .failure(.signature(.unknownKey)) = result, begun == before { return nil }
        return try result.get()
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
        if fetching == nil { (askedAt, begun) = (clock.steady, begun + 1) }
        fetching = asking
        let result = await asking.value
        fetching = nil
        if case .success(let set) = result { known = (set, clock.steady) }
        return try result.get()
    }
}
