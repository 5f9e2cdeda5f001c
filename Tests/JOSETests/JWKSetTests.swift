import JOSE
import JSON
import ProviderKit
import Testing

@Suite("A set of keys")
struct JWKSetTests {
    private static let rsa = SigningKey(.rsa(bits: 2048), id: "rsa")
    private static let other = SigningKey(.rsa(bits: 2048), id: "other")
    private static let p256 = SigningKey(.p256, id: "p256")
    private let payload: JSONValue = ["sub": "alice"]

    private static func set(_ keys: [JSONValue]) throws -> JWKSet {
        try JWKSet(parsing: Array(JSONValue.object(["keys": .array(keys)]).text.utf8))
    }

    /// The public key with members replaced; null stays null.
    private static func changed(_ key: SigningKey, _ changes: [String: JSONValue?]) -> JSONValue {
        guard case .object(var members) = key.publicJSON else { return .null }
        for (name, value) in changes { members[name] = value }
        return .object(members)
    }

    static let oddities: [JSONValue] = [
        .null, "a key", 7, [], [:], ["kty": 7], ["kty": "RSA"], ["kty": "RSA", "n": 7, "e": "AQAB"],
        ["kty": "RSA", "kid": "rsa", "x5c": ["MIIB"]],
        ["kty": "EC", "crv": "secp256k1", "x": "AA", "y": "AA"],
        ["kty": "EC", "crv": "P-256", "x": "AA"], ["kty": "OKP", "crv": "Ed25519", "x": "AA"],
        ["kty": "oct", "k": "c2VjcmV0"], ["kty": "AKP", "alg": "ML-DSA-44", "pub": "AA"],
        ["kty": "RSA", "use": ["sig"], "n": "AQ", "e": "AQ"],
        // A point that is on no curve.
        ["kty": "EC", "crv": "P-256", "x": "AQ", "y": "AQ", "kid": "rsa"],
    ]

    @Test(
        "what is no key that can be used is left out, and keeps nobody from the others", arguments: oddities)
    func odd(key: JSONValue) throws {
        for keys in [[key, Self.rsa.publicJSON], [Self.rsa.publicJSON, key]] {
            let bytes = try JWS.verify(Self.rsa.sign(payload), keys: try Self.set(keys))
            #expect(bytes == Array(payload.text.utf8))
        }
    }

    @Test("says null of what it could leave out")
    func nulls() throws {
        for name in ["use", "key_ops", "alg", "x5c"] {
            let set = try Self.set([Self.changed(Self.rsa, [name: .some(.null)])])
            #expect(throws: Never.self) { try JWS.verify(Self.rsa.sign(payload), keys: set) }
        }
    }

    @Test("a key without a name may have signed what names one; a named one may not under another's name")
    func unnamed() throws {
        for kid: JSONValue? in [nil, .some(.null), 7] {
            let set = try Self.set([Self.p256.publicJSON, Self.changed(Self.rsa, ["kid": kid])])
            #expect(throws: Never.self) { try JWS.verify(Self.rsa.sign(payload), keys: set) }
            // It could be a new key: worth fetching the set again.
            #expect(throws: JOSEFault.unknownKey) { try JWS.verify(Self.other.sign(payload), keys: set) }
        }
        let named = try Self.set([Self.changed(Self.rsa, ["kid": "another"])])
        #expect(throws: JOSEFault.unknownKey) { try JWS.verify(Self.rsa.sign(payload), keys: named) }
    }

    @Test("has as many keys as fit into the answer")
    func many() throws {
        let fillers = (0..<500).map { Self.changed(Self.other, ["kid": .string("old-\($0)")]) }
        let set = try Self.set(fillers + [Self.rsa.publicJSON])
        #expect(throws: Never.self) { try JWS.verify(Self.rsa.sign(payload), keys: set) }
    }
}
