import Sodium
import Testing

@Suite("A key that verifies")
struct SignatureKeyTests {
    private let message = Array("a message".utf8)

    @Test("only the signature of this message by this key passes")
    func verifies() throws {
        let key = try #require(SigningKey(seed: Array(repeating: 7, count: 32)))
        let other = try #require(SigningKey(seed: Array(repeating: 8, count: 32)))
        let verifier = try #require(SignatureKey(bytes: key.publicKey))
        let signature = key.sign(message)
        #expect(verifier.verify(signature, of: message))
        #expect(!verifier.verify(signature, of: message + [0]))
        #expect(!verifier.verify(other.sign(message), of: message))
        #expect(!verifier.verify(Array(signature.dropLast()), of: message))
        #expect(!verifier.verify([], of: message))
        for position in [0, 31, 32, 63] {
            var wrong = signature
            wrong[position] ^= 1
            #expect(!verifier.verify(wrong, of: message))
        }
    }

    @Test("a key has 32 bytes, and no small order")
    func keys() throws {
        #expect(SignatureKey(bytes: Array(repeating: 1, count: 31)) == nil)
        // The neutral element: without a check, it verifies a signature of anything.
        let neutral = try #require(SignatureKey(bytes: [1] + Array(repeating: 0, count: 31)))
        #expect(!neutral.verify([1] + Array(repeating: 0, count: 63), of: message))
    }
}
