import Testing

@testable import Gate

@Suite("A question over saslauthd's socket")
struct SaslauthdRequestTests {
    /// The four fields as a program sends them.
    static func bytes(_ fields: String...) -> [UInt8] {
        fields.flatMap { field in
            [UInt8(field.utf8.count >> 8), UInt8(field.utf8.count & 0xFF)] + Array(field.utf8)
        }
    }

    private static func question(
        _ login: String, _ password: String, _ program: String, _ realm: String
    ) -> SaslauthdRequest.Reading {
        .whole(
            SaslauthdRequest(
                login: Array(login.utf8), password: Array(password.utf8), program: Array(program.utf8),
                realm: Array(realm.utf8)))
    }

    @Test("is whole with its fourth field, and not a byte before")
    func whole() {
        let bytes = Self.bytes("alice", "secret", "svn", "realm")
        for count in bytes.indices {
            #expect(SaslauthdRequest.read(Array(bytes.prefix(count))) == .incomplete)
        }
        #expect(SaslauthdRequest.read(bytes) == Self.question("alice", "secret", "svn", "realm"))
        #expect(SaslauthdRequest.read(bytes + [1, 2]) == Self.question("alice", "secret", "svn", "realm"))
    }

    @Test("may have empty fields, and fields of any bytes")
    func fields() {
        #expect(SaslauthdRequest.read(Self.bytes("", "", "", "")) == Self.question("", "", "", ""))
        #expect(
            SaslauthdRequest.read(Self.bytes("müller\0", "\u{FFFD}", "", ""))
                == Self.question("müller\0", "\u{FFFD}", "", ""))
        let long = String(repeating: "x", count: SaslauthdRequest.fieldLimit)
        #expect(SaslauthdRequest.read(Self.bytes(long, long, "", "")) == Self.question(long, long, "", ""))
    }

    @Test(
        "is none where a field is longer than any may be, as soon as that is said",
        arguments: [
            [0x04, 0x01], [0xFF, 0xFF], Array("GET / HTTP/1.1\r\n\r\n".utf8), bytes("a") + [0x80, 0],
        ])
    func malformed(_ bytes: [UInt8]) {
        #expect(SaslauthdRequest.read(bytes) == .malformed)
    }
}
