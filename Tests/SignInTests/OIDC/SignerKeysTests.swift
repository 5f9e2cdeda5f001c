import JOSE
import JSON
import ProviderKit
import Synchronization
import TestHouse
import Testing
import Tokens

@testable import SignIn

@Suite("The keys of whoever signs") struct SignerKeysTests {
    private final class Signer: Sendable {
        let keys = Mutex<[SigningKey]?>([Trip.key])

        func fetched() -> Result<JWKSet, OIDCFault> {
            guard let keys = keys.withLock(\.self) else { return .failure(.providerUnreachable) }
            let document: JSONValue = ["keys": .array(keys.map(\.publicJSON))]
            return Result { () throws(JOSEFault) in try JWKSet(parsing: Array(document.text.utf8)) }
                .mapError { .signature($0) }
        }
    }

    @Test("a key is called unknown only after a fetch that began later than the question")
    func unknown() async throws {
        let house = try TestHouse()
        let signer = Signer()
        let keys = SignerKeys(clock: house.clock, betweenFetches: .seconds(10)) { signer.fetched() }
        let (known, new) = (Trip.key.sign(["a": 1]), Trip.otherKey.sign(["a": 1]))
        #expect(try await keys.payloadOfKnownKey(of: known) != nil)
        // The keys that are known may be older than this one.
        #expect(try await keys.payloadOfKnownKey(of: new) == nil)
        house.pass(.seconds(10))
        await #expect(throws: OIDCFault.signature(.unknownKey)) { try await keys.payloadOfKnownKey(of: new) }
        house.pass(.seconds(10))
        signer.keys.withLock { $0 = nil }
        await #expect(throws: OIDCFault.providerUnreachable) { try await keys.payloadOfKnownKey(of: new) }
        // A fetch that failed says nothing of the key.
        #expect(try await keys.payloadOfKnownKey(of: new) == nil)
        await #expect(throws: OIDCFault.signature(.unknownKey)) { try await keys.payload(of: new) }
        signer.keys.withLock { $0 = [Trip.key, Trip.otherKey] }
        house.pass(.seconds(10))
        #expect(try await keys.payloadOfKnownKey(of: new) != nil)
    }
}
