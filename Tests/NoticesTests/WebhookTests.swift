import Curl
import JSON
import Sodium
import Testing
import Tokens

@testable import Notices

@Suite("webhooks")
struct WebhookTests {
    @Test("a symmetric key signs as the example of Standard Webhooks")
    func example() throws {
        let key = try #require(WebhookKey("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
        let signature = key.sign(
            id: "msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp: 1_614_265_330,
            body: Array(#"{"test": 2432232314}"#.utf8))
        #expect(signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
        #expect(key.publicText == nil)
    }

    @Test("an asymmetric key is a seed, with its public key or without")
    func asymmetric() throws {
        // RFC 8032, section 7.1, test 1.
        let seed = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A="
        let key = try #require(WebhookKey("whsk_" + seed))
        #expect(key.publicText == "whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=")
        let publicKey = try #require(SigningKey(seed: [UInt8](repeating: 7, count: 32))).publicKey
        let both = "whsk_" + Sodium.base64([UInt8](repeating: 7, count: 32) + publicKey)
        #expect(WebhookKey(both) != nil)
        #expect(key.sign(id: "a", timestamp: 1, body: []).hasPrefix("v1a,"))
    }

    @Test(
        "what is no key is refused",
        arguments: [
            "", "whsec_", "whsec_AAAA", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "whsec_" + Sodium.base64(.init(repeating: 1, count: 65)),
            "whsec_not base64 at all, but long enough", "whsk_AAAA",
            "whsk_" + Sodium.base64(.init(repeating: 1, count: 64)),
        ])
    func noKey(text: String) {
        #expect(WebhookKey(text) == nil)
    }

    @Test("a new key is read again, and prints as nothing")
    func newKey() throws {
        let key = try #require(WebhookKey(WebhookKey.makeText()))
        #expect("\(key)" == "(secret)")
        #expect(WebhookKey.makeText() != WebhookKey.makeText())
    }

    @Test("both forms of a body name what happened, and have a sentence and the link")
    func bodies() throws {
        let message = NoticeMessage(
            id: "ntc_1", type: "token.expiring", at: Timestamp(seconds: 1_796_090_709),
            subject: "Token “a” expires",
            paragraphs: [], link: NoticeLink("Rotate it", "https://d.example/r"),
            data: ["token": "tok_1", "days": 7])
        let body = WebhookBody(message: message, desk: "https://d.example")
        let data: JSONValue = [
            "token": "tok_1", "days": 7, "summary": "Token “a” expires", "url": "https://d.example/r",
        ]
        #expect(
            try JSONValue(parsing: body.bytes(as: .standard)) == [
                "type": "token.expiring", "timestamp": "2026-12-01T02:05:09Z", "data": data,
            ])
        #expect(
            try JSONValue(parsing: body.bytes(as: .cloudEvents)) == [
                "specversion": "1.0", "id": "ntc_1", "source": "https://d.example",
                "type": "jeton.token.expiring",
                "time": "2026-12-01T02:05:09Z", "subject": "tok_1", "datacontenttype": "application/json",
                "data": data,
            ])
    }

    @Test(
        "an address that leads to this host or a private network is refused before anything is sent",
        arguments: [
            "http://127.0.0.1:9/", "http://localhost:9/", "http://2130706433:9/", "http://0x7f.1:9/",
            "http://[::1]:9/",
            "http://[::ffff:10.0.0.1]:9/", "http://169.254.169.254/", "https://user:word@1.1.1.1/",
            "ftp://1.1.1.1/", "x",
        ])
    func privateAddresses(url: String) async throws {
        let key = try #require(WebhookKey(WebhookKey.makeText()))
        let channel = WebhookChannel(
            url: url, keys: [key], reach: .publicOnly, desk: "https://d.example",
            clock: Clock { Timestamp(seconds: 1) })
        let message = NoticeMessage(
            id: "ntc_1", type: "test", at: Timestamp(seconds: 1), subject: "Test", paragraphs: [])
        guard case .failed(let reason, nil, true) = await channel.send(message) else {
            Issue.record("it was sent")
            return
        }
        #expect(reason.contains("private network") || reason.contains("no http or https URL"))
    }
}
