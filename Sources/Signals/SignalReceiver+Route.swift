public import HTTPServer
import JSON
import Ledger
import Sodium
public import Tokens

/// Push (RFC 8935): the transmitter posts one token at a time.
extension SignalReceiver {
    public static let path = "/signals"

    /// Whether senders to that path expect an error as RFC 8935 has it.
    public static func isIts(_ path: String) -> Bool { path == Self.path }

    /// Adds the address to which the transmitter pushes.
    ///
    /// Tokens have at most 64 KiB. It is served before other requests, since what it ends must not work a second longer.
    public func addRoutes(to router: inout Router, trusting proxies: [AddressRange]) {
        router.on("POST", Self.path, urgent: true) { (request: Request) in
            do {
                try authenticate(request)
                try await receive(
                    String(decoding: request.body, as: UTF8.self).trimmed,
                    from: request.clientAddress(trusting: proxies)?.description ?? "")
                return Response(status: 202, headers: ["Cache-Control": "no-store"])
            } catch let fault as SignalFault {
                return Self.refusal(fault.status, fault.code, fault.sentence, retryAfter: fault.retryAfter)
            } catch let error as LedgerError {
                throw Failure(
                    Self.refusal(
                        503, "temporarily_unavailable",
                        "it could not be kept, and nothing was done: send it again"),
                    reason: error.description)
            }
        }
    }

    private func authenticate(_ request: Request) throws(SignalFault) {
        if let expected = settings.authorization {
            let presented = request.headers["authorization"] ?? ""
            guard Sodium.equal(Array(presented.utf8), Array(expected.text.utf8)) else {
                figures.refuse(.notAuthorized, at: clock.now)
                throw .notAuthorized
            }
        }
        guard request.mediaType == "application/secevent+jwt" else {
            figures.refuse(.otherMediaType, at: clock.now)
            throw .otherMediaType
        }
    }

    /// The answer to what is no request of a transmitter's: to another method, or a body that is too large.
    public static func refusal(_ refusal: Router.Refusal) -> Response {
        Self.refusal(refusal.status, "invalid_request", refusal.sentence)
    }

    private static func refusal(
        _ status: Int, _ code: String, _ sentence: String, retryAfter: Int = 5
    ) -> Response {
        let body: JSONValue = ["err": .string(code), "description": .string(sentence)]
        var headers: Headers = ["Content-Language": "en", "Cache-Control": "no-store"]
        if status == 503 { headers["Retry-After"] = "\(retryAfter)" }
        return Response(status: status, .json, body.text + "\n", headers: headers)
    }
}
