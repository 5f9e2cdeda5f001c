import Foundation
import Sodium
import Testing

@Suite("SHA-256")
struct SHA256DigestTests {
    /// FIPS 180-4's own examples, and one that is longer than a block.
    @Test(
        "known messages have their known digests",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
        ])
    func known(message: String, hex: String) {
        let digest = SHA256Digest(of: Array(message.utf8).span)
        #expect(digest.bytes.hex == hex)
        #expect(SHA256Digest(bytes: digest.bytes) == digest)
    }

    @Test("only 32 bytes are a digest", arguments: [0, 31, 33])
    func length(count: Int) {
        #expect(SHA256Digest(bytes: [UInt8](repeating: 0, count: count)) == nil)
    }
}

@Suite("A keyed hash")
struct KeyedHashTests {
    private let key = [UInt8](0..<32)

    /// Computed with Python's `hashlib.blake2b(…, digest_size=32, key=bytes(range(32)))`.
    @Test(
        "it is BLAKE2b",
        arguments: [
            ("", "4e51e7a913fc80137da52880fecca175bf81e117d5c68126dc2774033517ea0d"),
            ("abc", "d63a32d3e44738d7907f964316c241adaba0abfeabc32349677578a15a203f7f"),
        ])
    func known(message: String, hex: String) throws {
        let hash = try #require(KeyedHash(key: key))
        #expect(hash(Array(message.utf8)).hex == hex)
    }

    @Test("another key, another hash")
    func anotherKey() throws {
        let one = try #require(KeyedHash(key: key))
        let other = try #require(KeyedHash(key: key.reversed()))
        #expect(one([1, 2, 3]) != other([1, 2, 3]))
    }

    @Test("a key has 32 bytes", arguments: [0, 31, 33, 64])
    func keyLength(count: Int) {
        #expect(KeyedHash(key: [UInt8](repeating: 1, count: count)) == nil)
    }

    @Test("it does not print its key")
    func printsAsNothing() throws {
        let hash = try #require(KeyedHash(key: key))
        var dumped = ""
        dump(hash, to: &dumped)
        for text in ["\(hash)", String(reflecting: hash), dumped] {
            #expect(!text.contains("1, 2, 3"))
            #expect(!text.contains("- 7"))
        }
    }
}

@Suite("A password's hash")
struct PasswordHashTests {
    @Test(
        "it knows its password and no other",
        arguments: ["", "correct horse", "pässwörd", "a\0b", String(repeating: "x", count: 4096)])
    func matches(password: String) throws {
        let bytes = Array(password.utf8)
        let hash = try #require(PasswordHash(of: bytes, cost: .least))
        #expect(hash.text.hasPrefix("$argon2id$v=19$m=8,t=1,p=1$"))
        #expect(hash.matches(bytes))
        #expect(PasswordHash(text: hash.text).matches(bytes))
        #expect(!hash.matches(bytes + [0]))
        #expect(!hash.matches(bytes + [0x20]))
        if !bytes.isEmpty { #expect(!hash.matches(Array(bytes.dropLast()))) }
    }

    @Test("the same password twice has two hashes")
    func salted() throws {
        let one = try #require(PasswordHash(of: [1], cost: .least))
        let other = try #require(PasswordHash(of: [1], cost: .least))
        #expect(one != other)
    }

    @Test("people's passwords cost 64 MiB and three passes")
    func interactive() throws {
        let hash = try #require(PasswordHash(of: Array("correct horse".utf8)))
        #expect(hash.text.hasPrefix("$argon2id$v=19$m=65536,t=3,p=1$"))
        #expect(hash.matches(Array("correct horse".utf8)))
    }

    @Test(
        "a hash that is none matches nothing",
        arguments: [
            "", "x", "$argon2id$", "$argon2id$v=19$m=8,t=1,p=1$AAAA", "secret",
            String(repeating: "$", count: 1000),
        ])
    func damaged(text: String) {
        #expect(!PasswordHash(text: text).matches(Array("secret".utf8)))
        #expect(!PasswordHash(text: text).matches([]))
    }

    @Test("it does not print itself")
    func printsAsNothing() throws {
        let hash = try #require(PasswordHash(of: [1], cost: .least))
        var dumped = ""
        dump(hash, to: &dumped)
        for text in ["\(hash)", "\([hash])", String(reflecting: hash), dumped] {
            #expect(!text.contains("argon2"))
        }
    }
}

@Suite("Base64")
struct Base64Tests {
    private func bytes(_ text: String) -> [UInt8]? {
        Sodium.bytes(fromBase64: Array(text.utf8).span)
    }

    @Test("what another encoder wrote is read, with its padding or without it")
    func roundTrip() {
        for count in 0..<100 {
            let given = Sodium.randomBytes(count: count)
            let padded = Data(given).base64EncodedString()
            #expect(bytes(padded) == given)
            #expect(bytes(padded.replacing("=", with: "")) == given)
        }
    }

    @Test(
        "anything else is refused",
        arguments: [
            "=", "==", "====", "A", "A=", "A==", "A===", "QQ=", "QQ===", "QUI==", "QUJD=", "QUJD====",
            "QQ==QQ==",
            "QR==", "QR", "QUJ", "QU D", "QUJD\n", " QUJD", "Q\0==", "-_-_", "Q*==", "QQ==\0", "é",
            "QUJD=A==",
        ])
    func refused(text: String) {
        #expect(bytes(text) == nil)
    }

    @Test("for URLs it has - and _ and no padding")
    func url() {
        #expect(Sodium.base64URL([]) == "")
        #expect(Sodium.base64URL([0xFB, 0xFF]) == "-_8")
        for count in 0..<100 {
            let given = Sodium.randomBytes(count: count)
            let expected = Data(given).base64EncodedString()
                .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
            #expect(Sodium.base64URL(given) == expected)
        }
    }
}

@Suite("Chance and comparison")
struct RandomTests {
    @Test("random bytes are as many as asked for, and never the same")
    func bytes() {
        #expect(Sodium.randomBytes(count: 0).isEmpty)
        #expect(Sodium.randomBytes(count: 32).count == 32)
        #expect(Sodium.randomBytes(count: 32) != Sodium.randomBytes(count: 32))
    }

    @Test("a random number is below its bound")
    func below() {
        #expect((0..<1000).allSatisfy { _ in Sodium.random(below: 7) < 7 })
        #expect(Set((0..<1000).map { _ in Sodium.random(below: 7) }).count == 7)
        #expect(Sodium.random(below: 1) == 0)
    }

    @Test("equal is equal, whatever the length")
    func equal() {
        #expect(Sodium.equal([], []))
        #expect(Sodium.equal([1, 2], [1, 2]))
        #expect(!Sodium.equal([1, 2], [1, 3]))
        #expect(!Sodium.equal([1, 2], [1, 2, 3]))
        #expect(!Sodium.equal([], [0]))
    }
}

extension [UInt8] {
    fileprivate var hex: String {
        map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
