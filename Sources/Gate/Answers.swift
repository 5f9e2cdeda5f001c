import HTTPServer
import Tokens

/// How a verdict is told to a proxy.
struct Answers: Sendable {
    let deskAddress: String

    /// 200 without a body; who it is stands in the headers.
    func grant(_ owner: Subject, _ token: TokenID) -> Response {
        grant(owner, by: "X-Jeton-Token", token.text)
    }

    /// The same for who came with a password, and when that ends.
    func grant(_ owner: Subject, byPasswordAt service: Service) -> Response {
        grant(owner, by: "X-Jeton-Password-Deprecated", service.passwords.deprecation ?? "")
    }

    private func grant(_ owner: Subject, by name: String, _ value: String) -> Response {
        var headers = Headers()
        headers.add("Remote-User", owner.login.text.headerValue)
        headers.add("Remote-Name", owner.name.headerValue)
        headers.add("Remote-Email", (owner.email ?? "").headerValue)
        headers.add("Remote-Groups", owner.groups.joined(separator: ",").headerValue)
        headers.add(name, value)
        headers.add("Cache-Control", "no-store")
        return Response(status: 200, headers: headers)
    }

    /// The denial's status with its reason and sentence, for programs and for a person.
    /// `retryAfter` is how long to wait, where that is known better than by the denial alone.
    func refuse(
        _ denial: Denial, service: Service?, access: Access, address: IPAddress? = nil,
        paths: [ServicePath] = [], retryAfter: TimeSpan? = nil
    ) -> Response {
        let sentence = denial.sentence(
            service: service?.title ?? "the service", access: access, desk: deskAddress, address: address,
            paths: paths)
        var response = Response(status: denial.status, .plain, sentence + "\n")
        response.headers.add("X-Jeton-Reason", denial.reason)
        response.headers.add("X-Jeton-Message", sentence.headerValue)
        response.headers.add("Cache-Control", "no-store")
        if denial.status == 401, let service {
            let realm = service.realm.headerValue.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
            response.headers.add("WWW-Authenticate", "Basic realm=\"\(realm)\", charset=\"UTF-8\"")
        }
        if let wait = retryAfter ?? denial.retryAfter {
            response.headers.add("Retry-After", String(max(1, wait.seconds)))
        }
        return response
    }
}

extension String {
    /// The text as a header's value: `%`, controls and what is not ASCII percent-encoded as UTF-8.
    var headerValue: String {
        guard utf8.contains(where: { !$0.isPlain }) else { return self }
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in utf8 {
            if byte.isPlain {
                bytes.append(byte)
            } else {
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension UInt8 {
    fileprivate var isPlain: Bool { self >= 0x20 && self < 0x7F && self != UInt8(ascii: "%") }
}
