import HTTPServer
import Tokens

/// How a verdict is told to a proxy.
struct VerifyResponses: Sendable {
    let deskAddress: String

    /// The most bytes of a name's header. It is for people: a longer one is cut.
    private static let nameLimit = 1024
    /// The most bytes of an e-mail address (RFC 5321, section 4.5.3.1). A longer one is left out: cut it would be
    /// somebody else's.
    private static let emailLimit = 254

    /// 200 without a body; who it is stands in the headers, which have at most 8 KiB together. From `expires` on
    /// the token is refused: where it was regenerated, when its overlap is over.
    func grant(
        _ owner: Subject, _ token: TokenID, expires: Timestamp?, _ groups: ToldGroups
    ) -> Response {
        var response = grant(owner, groups, by: "X-Jeton-Token", token.text)
        if let expires { response.headers.add("Jeton-Token-Expires", expires.rfc3339) }
        return response
    }

    /// The same for who came with a password, and when that ends.
    func grant(_ owner: Subject, byPasswordAt service: Service, _ groups: ToldGroups) -> Response {
        grant(owner, groups, by: "X-Jeton-Password-Deprecated", service.passwords.deprecation ?? "")
    }

    /// 200 to a request that presents nothing: without identity headers, since it is nobody. `X-Jeton-Anonymous` tells
    /// a proxy that this is an answer of the gate's all the same.
    func grantAnonymously() -> Response {
        Response(status: 200, headers: ["X-Jeton-Anonymous": "read", "Cache-Control": "no-store"])
    }

    private func grant(_ owner: Subject, _ groups: ToldGroups, by name: String, _ value: String) -> Response {
        let email = owner.email.flatMap { $0.utf8.count <= Self.emailLimit ? $0 : nil } ?? ""
        var headers = Headers()
        headers.add("Remote-User", owner.login.text.headerValue)
        headers.add("Remote-Name", owner.name.headerValue(limit: Self.nameLimit))
        headers.add("Remote-Email", email.headerValue)
        headers.add("Remote-Groups", groups.text)
        if groups.isPartial { headers.add("X-Jeton-Groups", "partial") }
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

extension String {
    /// The same of as many whole characters as it has room for.
    fileprivate func headerValue(limit: Int) -> String {
        let whole = headerValue
        guard whole.utf8.count > limit else { return whole }
        var value = ""
        for character in self {
            let next = String(character).headerValue
            guard value.utf8.count + next.utf8.count <= limit else { break }
            value += next
        }
        return value
    }
}

extension UInt8 {
    fileprivate var isPlain: Bool { self >= 0x20 && self < 0x7F && self != UInt8(ascii: "%") }
}
