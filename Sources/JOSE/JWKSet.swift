internal import JSON

/// The public keys of somebody who signs (RFC 7517, section 5).
public struct JWKSet: Hashable, Sendable {
    /// Those that can be used here, in the order in which they came.
    public let keys: [JWK]

    /// Reads `{"keys": […]}`. Keys of a kind that is not known are left out, as section 5 asks.
    /// Throws ``JOSEFault/badKeySet(reason:)``.
    public init(parsing bytes: [UInt8]) throws(JOSEFault) {
        let document: JSONValue
        do {
            document = try JSONValue(parsing: bytes)
        } catch {
            throw .badKeySet(reason: "\(error)")
        }
        guard let list = document["keys"]?.array else {
            throw .badKeySet(reason: "there is no list `keys`")
        }
        keys = list.compactMap { JWK($0) }
    }

    /// The keys that may have signed something with that header: those of its `kid`, then those that have
    /// none, or, where it names none, all; of these the ones that fit the algorithm.
    func candidates(keyID: String?, algorithm: JWSAlgorithm) -> [JWK] {
        let fitting = keys.filter { key in
            (key.algorithm == nil || key.algorithm == algorithm.rawValue) && algorithm.fits(key.material)
        }
        guard let keyID else { return fitting }
        return fitting.filter { $0.id == keyID } + fitting.filter { $0.id == nil }
    }
}
