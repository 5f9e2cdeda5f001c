import Testing

@testable import Tokens

@Suite("A token used from two far networks at once")
struct FarUsesTests {
    static let secret = SecretID(number: 7)
    static let noon = Timestamp(seconds: 1_782_907_200)

    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// Addresses with the seconds after noon.
        let uses: [(String, Int64)]
        let isFar: Bool

        init(_ name: String, _ uses: [(String, Int64)], _ isFar: Bool) {
            (testDescription, self.uses, self.isFar) = (name, uses, isFar)
        }
    }

    static let rows = [
        Row("in turns", [("198.51.100.7", 0), ("203.0.113.9", 60), ("198.51.100.7", 120)], true),
        Row(
            "in turns, from the same regions", [("198.51.100.7", 0), ("203.0.113.9", 1), ("198.51.1.1", 2)],
            true),
        Row("a journey", [("198.51.100.7", 0), ("203.0.113.9", 60), ("203.0.113.9", 120)], false),
        Row("a journey of three", [("198.51.100.7", 0), ("203.0.113.9", 60), ("192.0.2.1", 61)], false),
        Row(
            "back after six minutes", [("198.51.100.7", 0), ("203.0.113.9", 60), ("198.51.100.7", 361)], false
        ),
        Row(
            "back after six minutes of which it was there for two",
            [("198.51.100.7", 0), ("198.51.100.7", 120), ("203.0.113.9", 130), ("198.51.100.7", 361)], true),
        Row("near each other", [("198.51.100.7", 0), ("198.51.200.9", 1), ("198.51.100.7", 2)], false),
        Row("a private network", [("198.51.100.7", 0), ("10.0.0.1", 1), ("198.51.100.7", 2)], false),
        Row("two families", [("198.51.100.7", 0), ("2001:db8::1", 1), ("198.51.100.7", 2)], false),
        Row("IPv6 in turns", [("2001:db8::1", 0), ("2a00:1::1", 1), ("2001:db8:ffff::1", 2)], true),
        Row("IPv6 near each other", [("2001:db8::1", 0), ("2001:db8:1::1", 1), ("2001:db8::1", 2)], false),
        Row(
            "a clock that was set back", [("198.51.100.7", 0), ("203.0.113.9", 60), ("198.51.100.7", -600)],
            false),
    ]

    @Test("is one that comes back to the first while the second is in use", arguments: rows)
    func isAtOnce(_ row: Row) throws {
        var far = FarUses()
        var found = false
        for (address, seconds) in row.uses {
            let address = try #require(IPAddress(address))
            let result = far.note(Self.secret, from: address, at: Self.noon + .seconds(seconds))
            found = found || result != nil
        }
        #expect(found == row.isFar)
    }

    @Test("uses that are looked at again, as after a failed write, are no new ones")
    func again() {
        var far = FarUses()
        let (here, there) = (IPAddress(v4: 0xC633_6407), IPAddress(v4: 0xCB00_7109))
        for _ in 0..<3 {
            #expect(far.note(Self.secret, from: here, at: Self.noon) == nil)
            #expect(far.note(Self.secret, from: there, at: Self.noon + .seconds(1)) == nil)
        }
    }

    @Test("each secret is looked at alone, and only so many are remembered")
    func bounded() throws {
        var far = FarUses(capacity: 3)
        let (here, there) = (IPAddress(v4: 0xC633_6407), IPAddress(v4: 0xCB00_7109))
        for number in 0..<9 {
            let secret = SecretID(number: Int64(number))
            #expect(far.note(secret, from: number % 2 == 0 ? here : there, at: Self.noon) == nil)
        }
        let secret = SecretID(number: 8)
        #expect(far.note(secret, from: there, at: Self.noon + .seconds(1)) == nil)
        #expect(far.note(secret, from: here, at: Self.noon + .seconds(2))?.there == there)
    }

    @Test(
        "a secret in the query of any target is found, and nowhere else",
        arguments: [
            ("/a?token=%", true), ("/a?x=1&private_token=%&y=2", true), ("/a?%", true), ("/%?x", false),
            ("/a?tok=", false),
            ("/%", false),
        ])
    func query(_ target: String, _ isFound: Bool) {
        let secret = TokenFormat.standard.makeSecret()
        let bytes = Array(target.replacing("%", with: secret.reveal()).utf8)
        let original = ServiceRequest(.read, from: nil, original: bytes.span, forwarded: nil, proxyPath: nil)
        #expect((original.digestInQuery(.standard) == secret.digest) == isFound)
        let forwarded = ServiceRequest(.read, from: nil, original: nil, forwarded: bytes.span, proxyPath: nil)
        #expect((forwarded.digestInQuery(.standard) == secret.digest) == isFound)
        #expect(forwarded.hasQuery == target.contains("?"))
    }
}
