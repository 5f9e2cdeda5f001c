import Foundation
import Signatures
import Testing

/// The example that GitHub publishes for its partners, with the key that was current then.
private enum Published {
    static let body = Array(
        #"[{"source":"commit","token":"some_token","type":"some_type","url":"https://example.com/base-repo-url/"}]"#
            .utf8)
    static let signature =
        "MEQCIQDaMKqrGnE27S0kgMrEK0eYBmyG0LeZismAEz/BgZyt7AIfXt9fErtRS4XaeSt/AO1RtBY66YcAdjxji410VQV4xg=="
    static let key = """
        -----BEGIN PUBLIC KEY-----
        MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEYAGMWO8XgCamYKMJS6jc/qgvSlAd
        AjPuDPRcXU22YxgBrz+zoN19MzuRyW87qEt9/AmtoNP5GrobzUvQSyJFVw==
        -----END PUBLIC KEY-----
        """
}

@Suite("Signatures of GitHub's reports") struct GitHubSignatureTests {
    private func isSigned(
        _ body: [UInt8] = Published.body, by signature: String = Published.signature,
        key: String = Published.key
    ) throws -> Bool {
        let der = try #require(Data(base64Encoded: signature))
        return try ECDSASignature(der: Array(der)).isBy(pem: Array(key.utf8), of: body)
    }

    @Test("GitHub's published example verifies")
    func published() throws {
        #expect(try isSigned())
    }

    @Test("another body, or a signature with another bit, does not")
    func others() throws {
        #expect(try !isSigned(Published.body + [0x0A]))
        #expect(try !isSigned(Array(Published.body.dropLast())))
        var der = try Array(#require(Data(base64Encoded: Published.signature)))
        der[20] ^= 1
        #expect(try !isSigned(by: Data(der).base64EncodedString()))
        #expect(try !isSigned(by: ""))
    }

    @Test(
        "what is no key of P-256 is refused by name",
        arguments: ["", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"])
    func noKey(_ pem: String) {
        #expect(throws: PublicKeyFault.unreadable) { try isSigned(key: pem) }
    }

    @Test("keys of other curves and algorithms are refused")
    func otherKeys() throws {
        // openssl ecparam -name secp384r1 -genkey -noout | openssl ec -pubout; openssl genpkey -algorithm ed25519
        let ed25519 = """
            -----BEGIN PUBLIC KEY-----
            MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
            -----END PUBLIC KEY-----
            """
        #expect(throws: PublicKeyFault.notP256) { try isSigned(key: ed25519) }
    }
}
