import JOSE
import JSON
import ProviderKit
import Testing

@Suite("A signed text")
struct JWSTests {
    private static let rsa = SigningKey(.rsa(bits: 2048), id: "rsa")
    private static let other = SigningKey(.rsa(bits: 2048), id: "other")
    private static let p256 = SigningKey(.p256, id: "p256")
    private static let p384 = SigningKey(.p384, id: "p384")
    private static let p521 = SigningKey(.p521, id: "p521")
    private static let all = [rsa, p256, p384, p521]
    private let payload: JSONValue = ["sub": "alice"]

    private func keys(_ keys: [SigningKey] = all) throws -> JWKSet { try JWKSet(parsing: keySet(keys)) }

    private func fault(_ text: String, _ keys: JWKSet, _ allowed: Set<JWSAlgorithm>? = nil) -> JOSEFault? {
        do throws(JOSEFault) {
            _ = try JWS.verify(text, keys: keys, allowed: allowed ?? Set(JWSAlgorithm.allCases))
            return nil
        } catch {
            return error
        }
    }

    @Test(
        "every algorithm with a public key passes with its own kind of key",
        arguments: [
            ("RS256", rsa), ("RS384", rsa), ("RS512", rsa), ("PS256", rsa), ("PS384", rsa), ("PS512", rsa),
            ("ES256", p256), ("ES384", p384), ("ES512", p521),
        ])
    func verifies(algorithm: String, key: SigningKey) throws {
        let bytes = Array(payload.text.utf8)
        #expect(try JWS.verify(key.sign(payload, algorithm: algorithm), keys: keys()) == bytes)
        #expect(
            try JWS.verify(key.sign(payload, algorithm: algorithm, keyID: ""), keys: keys()) == bytes)
        #expect(
            fault(key.sign(payload, algorithm: algorithm), try keys(), [])
                == JOSEFault.algorithmNotAllowed)
    }

    @Test("a signature of Ed25519 passes with its own key, and no other signature does")
    func ed25519() throws {
        let key = Ed25519Key(1, id: "ed")
        let set = try JWKSet(
            parsing: Array(JSONValue.object(["keys": [Self.rsa.publicJSON, key.publicJSON]]).text.utf8))
        let signed = key.sign(payload)
        #expect(try JWS.verify(signed, keys: set) == Array(payload.text.utf8))
        #expect(fault(signed, set, [.rs256, .es256]) == .algorithmNotAllowed)
        #expect(fault(Ed25519Key(2, id: "ed").sign(payload), set) == .badSignature)
        #expect(fault(Ed25519Key(2, id: "new").sign(payload), set) == .unknownKey)
        // The name of a key of another kind.
        #expect(fault(Ed25519Key(1, id: "rsa").sign(payload), set) == .algorithmNotAllowed)
        let parts = signed.split(separator: ".").map(String.init)
        let other = key.sign(["sub": "mallory"]).split(separator: ".").map(String.init)
        #expect(fault([parts[0], other[1], parts[2]].joined(separator: "."), set) == .badSignature)
        #expect(fault([parts[0], parts[1], "AAAA"].joined(separator: "."), set) == .badSignature)
    }

    @Test("the header and the payload can be read before a signature is verified")
    func unverified() throws {
        let signed = Self.other.sign(payload, header: ["typ": #""application/AT+JWT""#])
        #expect(try JWS.header(of: signed) == .init(algorithm: .rs256, keyID: "other", type: "at+jwt"))
        #expect(try JWS.unverifiedPayload(of: signed) == Array(payload.text.utf8))
        #expect(throws: JOSEFault.malformed) { try JWS.unverifiedPayload(of: "a.b") }
        #expect(throws: JOSEFault.unsigned) { try JWS.header(of: unsigned(payload)) }
    }

    @Test(
        "what is not signed is refused, however that is written", arguments: ["none", "None", "NONE", "nOnE"])
    func none(algorithm: String) throws {
        #expect(fault(unsigned(payload, algorithm: algorithm), try keys()) == .unsigned)
        #expect(fault(unsigned(payload, algorithm: algorithm, signature: "AAAA"), try keys()) == .unsigned)
        #expect(fault(unsigned(payload, algorithm: "RS256"), try keys()) == .unsigned)
    }

    @Test("an HMAC with the public key is refused", arguments: ["HS256", "HS384", "HS512"])
    func hmac(algorithm: String) throws {
        let shared = SigningKey(.shared(Array(Self.rsa.publicJSON.text.utf8)), id: "rsa")
        #expect(fault(shared.sign(payload, algorithm: algorithm), try keys()) == .algorithmNotAllowed)
    }

    @Test(
        "where a type is asked for, the header must have it, in any case and with or without application/",
        arguments: [
            (#""secevent+jwt""#, true), (#""SecEvent+JWT""#, true), (#""application/secevent+jwt""#, true),
            (#""JWT""#, false), (#""secevent""#, false), ("1", false), (nil, false),
        ] as [(String?, Bool)])
    func type(value: String?, isTaken: Bool) throws {
        let signed = Self.rsa.sign(payload, header: value.map { ["typ": $0] } ?? [:])
        let keys = try keys()
        if isTaken {
            #expect(throws: Never.self) { try JWS.verify(signed, type: "secevent+jwt", keys: keys) }
        } else {
            #expect(throws: JOSEFault.wrongType) { try JWS.verify(signed, type: "secevent+jwt", keys: keys) }
        }
        #expect(throws: Never.self) { try JWS.verify(signed, keys: keys) }
    }

    @Test("a shared key in the set is not even read")
    func sharedKey() throws {
        let set = try JWKSet(
            parsing: Array(#"{"keys":[{"kty":"oct","k":"c2VjcmV0","kid":"x","alg":"HS256"}]}"#.utf8))
        #expect(set.keys.isEmpty)
    }

    @Test("another's key is refused, with and without its name, and under the name of a known one")
    func foreign() throws {
        #expect(fault(Self.other.sign(payload), try keys()) == .unknownKey)
        #expect(fault(Self.other.sign(payload, keyID: ""), try keys()) == .unknownKey)
        #expect(fault(Self.other.sign(payload, keyID: "rsa"), try keys()) == .badSignature)
        #expect(fault(Self.rsa.sign(payload, keyID: "p256"), try keys()) == .algorithmNotAllowed)
        #expect(fault(Self.rsa.sign(payload), try keys([])) == .unknownKey)
    }

    @Test("a changed payload, header or signature is refused")
    func changed() throws {
        let parts = Self.rsa.sign(payload).split(separator: ".").map(String.init)
        let forged = Self.other.sign(["sub": "mallory"]).split(separator: ".").map(String.init)
        #expect(fault("\(parts[0]).\(forged[1]).\(parts[2])", try keys()) == .badSignature)
        #expect(fault("\(parts[0]).\(parts[1]).\(forged[2])", try keys()) == .badSignature)
        #expect(fault("\(parts[0]).\(parts[1])", try keys()) == .malformed)
        #expect(fault("\(parts[0]).\(parts[1]).", try keys()) == .unsigned)
        #expect(fault("", try keys()) == .malformed)
        #expect(fault("a.b.c", try keys()) == .malformed)
        #expect(
            fault(String(repeating: "a", count: JWS.limit + 1), try keys()) == .tooLarge(limit: JWS.limit))
    }

    @Test(
        "each part is spelled in one way alone: no padding, no blanks, no loose bits",
        arguments: ["=", "==", " ", "\n", "%3D", "*"])
    func spelling(more: String) throws {
        for position in 0..<3 {
            var parts = Self.rsa.sign(payload).split(separator: ".").map(String.init)
            parts[position] += more
            #expect(fault(parts.joined(separator: "."), try keys()) == .malformed)
        }
    }

    @Test("loose bits at the end of a signature are refused")
    func looseBits() throws {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        // 256 bytes leave two characters, of which the last holds two bits.
        let text = Self.rsa.sign(payload)
        let last = try #require(text.last.flatMap { alphabet.firstIndex(of: $0) })
        for loose in 1...15 where last & 15 == 0 {
            #expect(fault("\(text.dropLast())\(alphabet[last | loose])", try keys()) == .malformed)
        }
        #expect(last & 15 == 0)
        #expect(fault(text, try keys()) == nil)
    }

    @Test("extensions that must be understood are refused; keys brought along are not used")
    func extensions() throws {
        let critical = Self.rsa.sign(payload, header: ["crit": #"["exp"]"#, "exp": "1"])
        #expect(fault(critical, try keys()) == .criticalExtension)
        let brought = Self.other.sign(payload, header: ["jwk": Self.other.publicJSON.text])
        #expect(fault(brought, try keys()) == .unknownKey)
    }

    @Test("weak keys, keys for encryption and unknown kinds are left out")
    func leftOut() throws {
        #expect(try keys([SigningKey(.rsa(bits: 1024), id: "weak")]).keys.isEmpty)
        guard case .object(var members) = Self.rsa.publicJSON else { return }
        members["use"] = "enc"
        let text = JSONValue.object([
            "keys": [.object(members), ["kty": "OKP", "crv": "Ed25519", "x": "AA"]]
        ])
        #expect(try JWKSet(parsing: Array(text.text.utf8)).keys.isEmpty)
    }

    @Test("a key that names its algorithm is for that one alone")
    func oneAlgorithm() throws {
        guard case .object(var members) = Self.rsa.publicJSON else { return }
        members["alg"] = "RS512"
        let set = try JWKSet(parsing: Array(JSONValue.object(["keys": [.object(members)]]).text.utf8))
        #expect(fault(Self.rsa.sign(payload), set) == .algorithmNotAllowed)
        #expect(fault(Self.rsa.sign(payload, algorithm: "RS512"), set) == nil)
    }

    @Test(
        "what is no set of keys says so",
        arguments: ["", "<html>", "[]", "{}", #"{"keys":{}}"#, #"{"keys":[],"keys":[]}"#])
    func badSet(text: String) {
        #expect(throws: JOSEFault.self) { try JWKSet(parsing: Array(text.utf8)) }
    }
}
