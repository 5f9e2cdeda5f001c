import Testing
import Tokens

@Suite("A secret never prints")
struct TokenSecretTests {
    private struct Holder: Sendable {
        let secret: TokenSecret
        let secrets: [TokenSecret]
        let named: [String: TokenSecret]
    }

    private struct Failure: Error {
        let secret: TokenSecret
    }

    private enum Outcome {
        case made(TokenSecret, name: String)
    }

    private let secret = TokenFormat.standard.makeSecret()

    /// Every way of turning `value` into text that Swift has.
    private func texts(of value: Any) -> [String] {
        var dumped = ""
        dump(value, to: &dumped)
        var printed = ""
        print(value, to: &printed)
        debugPrint(value, to: &printed)
        return ["\(value)", String(describing: value), String(reflecting: value), dumped, printed]
            + mirrored(value)
    }

    private func mirrored(_ value: Any) -> [String] {
        Mirror(reflecting: value).children.flatMap {
            ["\($0.value)", String(reflecting: $0.value)] + mirrored($0.value)
        }
    }

    @Test("alone, or within another value")
    func printsAsNothing() {
        let values: [Any] = [
            secret, Optional(secret) as Any, [secret], ["name": secret], (secret, 1), Failure(secret: secret),
            Result<TokenSecret, Failure>.success(secret),
            Result<Int, Failure>.failure(Failure(secret: secret)),
            Outcome.made(secret, name: "CI"), Holder(secret: secret, secrets: [secret], named: ["a": secret]),
        ]
        let string = secret.reveal()
        let bytes = Array(string.utf8).dropFirst(4).prefix(8).map(String.init).joined(separator: ", ")
        for text in values.flatMap(texts(of:)) {
            #expect(!text.contains(string.dropFirst(4)))
            #expect(!text.contains(bytes))
        }
    }

    @Test("it prints as a secret")
    func says() {
        #expect(String(reflecting: secret) == "(secret)")
        #expect("\(secret)" == "(secret)")
        #expect(Mirror(reflecting: secret).children.isEmpty)
    }

    @Test("an error's text does not contain it")
    func error() {
        let error: any Error = Failure(secret: secret)
        #expect(!"\(error)".contains(secret.reveal()))
    }

    @Test("a login into which a token was pasted does not print it")
    func presentedLogin() {
        let credential = presented(("Authorization", basic("\(Known.other):\(Known.token)")))
        let bytes = Array(Known.other.utf8).prefix(8).map(String.init).joined(separator: ", ")
        for text in texts(of: credential) {
            #expect(!text.contains(Known.other))
            #expect(!text.contains(bytes))
        }
    }
}

@Suite("A token's digest")
struct TokenDigestTests {
    @Test("it is the SHA-256 of the whole string")
    func sha256() {
        let hex = digest(Known.token).bytes.map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        #expect(hex.joined() == Known.digest)
    }

    @Test("it is read back from storage")
    func storage() {
        let digest = digest(Known.token)
        #expect(TokenDigest(bytes: digest.bytes) == digest)
        #expect(TokenDigest(bytes: Array(digest.bytes.dropLast())) == nil)
        #expect(TokenDigest(bytes: digest.bytes + [0]) == nil)
        #expect(TokenDigest(bytes: []) == nil)
    }
}
