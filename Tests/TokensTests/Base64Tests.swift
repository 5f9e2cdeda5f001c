import Sodium
import Testing

@testable import Tokens

@Suite("Base64 of a request")
struct Base64Tests {
    private func decoded(_ text: String) -> [UInt8]? {
        Base64.decode(text.utf8.span) { bytes in bytes.indices.map { bytes[$0] } }
    }

    @Test(
        "is decoded as RFC 4648 has it",
        arguments: [
            ("", ""), ("Zg==", "f"), ("Zm8=", "fo"), ("Zm9v", "foo"), ("Zm9vYg==", "foob"),
            ("Zm9vYmE=", "fooba"), ("Zm9vYmFy", "foobar"), ("Zg", "f"), ("Zm8", "fo"), ("Zm9vYg", "foob"),
            ("Pz8/Pj4+", "???>>>"),
        ])
    func vectors(text: String, bytes: String) {
        #expect(decoded(text) == Array(bytes.utf8))
    }

    @Test(
        "is refused where libsodium refuses it",
        arguments: [
            "=", "==", "====", "Z", "Zg=", "Zg===", "Z===", "Zh==", "Zh", "Zm9=", "Zm9", "Zm9v=", "Zm9v==",
            "Zm=v", "Zm9v\n",
            " Zm9v", "Zm9v Zm9v", "Zm-_", "Zm9v\u{0}", "Zm9vé", "Z=g=",
        ])
    func refused(text: String) {
        #expect(decoded(text) == nil)
        #expect(Sodium.bytes(fromBase64: text.utf8.span) == nil)
    }

    @Test("is decoded as libsodium does, whatever it is")
    func same() {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/==-_ ".utf8)
        var random = SystemRandomNumberGenerator()
        for _ in 0..<20_000 {
            let count = Int.random(in: 0...12, using: &random)
            let text = (0..<count).map { _ in alphabet.randomElement(using: &random) ?? 0 }
            let mine = Base64.decode(text.span) { bytes in bytes.indices.map { bytes[$0] } }
            #expect(mine == Sodium.bytes(fromBase64: text.span), "\(String(decoding: text, as: UTF8.self))")
        }
        for length in 0..<80 {
            let bytes = Sodium.randomBytes(count: length)
            #expect(decoded(Sodium.base64(bytes)) == bytes)
        }
    }
}
