import Testing

@testable import HTTPServer

@Suite("What the server refuses without asking anybody")
struct ServerRefusalTests {
    @Test(
        "a refusal has a reason, and its sentence in a header, too, so that a proxy can hand it on",
        arguments: [
            (.tooLarge, 431, "head_too_large", nil), (.tooManyFields, 431, "head_too_large", nil),
            (.bodyTooLarge(limit: 10), 413, "body_too_large", nil),
            (.malformed("Host is given more than once"), 400, "malformed_request", nil),
            (.crowded, 503, "busy", "1"), (.stopping, 503, "stopping", "1"),
        ] as [(ServerRefusal, Int, String, String?)])
    func told(refusal: ServerRefusal, status: Int, reason: String, retryAfter: String?) {
        let response = refusal.response
        #expect(response.status == status)
        #expect(response.headers["X-Jeton-Reason"] == reason)
        #expect(response.headers["Retry-After"] == retryAfter)
        #expect(
            response.headers["X-Jeton-Message"].map { $0 + "\n" }
                == String(decoding: response.body, as: UTF8.self))
    }
}
