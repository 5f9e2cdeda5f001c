import HTTPServer
import Tokens

/// Writes verdicts as HTTP responses for proxies.
struct VerifyResponses: Sendable {
    let desk: DeskAddress

    /// The most bytes of `Remote-Name`. It is for display, so a longer name is truncated.
    private static let nameLimit = 1024
    /// The most bytes of an e-mail address (RFC 5321, section 4.5.3.1). A longer one is left out: truncated, it could
    /// be another person's.
    private static let emailLimit = 254

    /// 200 without a body; headers of at most 8 KiB identify the owner. `expires` is the token's expiry or, for a
    /// rotated secret, the end of its overlap; `actor` is the agent that acts on behalf of the owner.
    func grant(
        _ owner: Subject, _ token: TokenID, expires: Timestamp?, _ groups: GroupsHeader,
        actor: Subject? = nil
    ) -> Response {
        var response = grant(owner, groups, by: "X-Jeton-Token", token.text)
        response.note.token = token.text
        if let actor { response.headers.add("Remote-Actor", actor.login.text.headerValue) }
        if let expires { response.headers.add("Jeton-Token-Expires", expires.rfc3339) }
        return response
    }

    /// 200 for a password, with the date on which the service stops taking passwords.
    func grant(_ owner: Subject, byPasswordAt service: Service, _ groups: GroupsHeader) -> Response {
        grant(owner, groups, by: "X-Jeton-Password-Deprecated", service.passwords.deprecation ?? "")
    }

    /// 200 for an anonymous read, without identity headers. `X-Jeton-Anonymous` distinguishes it from a 200 that does
    /// not come from the gate.
    func grantAnonymously() -> Response {
        var response = Response(
            status: 200, headers: ["X-Jeton-Anonymous": "read", "Cache-Control": "no-store"])
        response.note.isGrant = true
        return response
    }

    private func grant(_ owner: Subject, _ groups: GroupsHeader, by name: String, _ value: String) -> Response
    {
        let email = owner.email.flatMap { $0.utf8.count <= Self.emailLimit ? $0 : nil } ?? ""
        var headers = Headers()
        headers.add("Remote-User", owner.login.text.headerValue)
        headers.add("Remote-Name", owner.name.headerValue(limit: Self.nameLimit))
        headers.add("Remote-Email", email.headerValue)
        headers.add("Remote-Groups", groups.text)
        if groups.isPartial { headers.add("X-Jeton-Groups", "partial") }
        if !owner.isPerson { headers.add("Remote-Kind", Subject.accountKind) }
        headers.add(name, value)
        headers.add("Cache-Control", "no-store")
        var response = Response(status: 200, headers: headers)
        response.note.isGrant = true
        return response
    }

    /// The denial's status, with its reason for programs and its sentence for people. `retryAfter` overrides the
    /// denial's own delay. `path` is the one that a new token could be narrowed to.
    func refuse(
        _ denial: Denial, service: Service?, access: Access, address: IPAddress? = nil,
        paths: [ServicePath] = [], path: ServicePath? = nil, pause: Pause? = nil,
        rule: BrokenRule? = nil, owner: Subject? = nil, retryAfter: TimeSpan? = nil
    ) -> Response {
        let sentence = denial.sentence(
            service: service?.title ?? "the service", access: access, desk: desk.tokens(of: owner),
            link: NewTokenLink(service?.name, access, below: path), address: address, paths: paths,
            pause: pause, rule: rule)
        var response = Response(status: denial.status, .plain, sentence + "\n")
        response.note.reason = denial.reason
        response.headers.add("X-Jeton-Reason", denial.reason)
        response.headers.add("X-Jeton-Message", sentence.headerValue)
        response.headers.add("Cache-Control", "no-store")
        if denial.status == 401, let service {
            let realm = service.realm.headerValue.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
            response.headers.add("WWW-Authenticate", "Basic realm=\"\(realm)\", charset=\"UTF-8\"")
        }
        if let challenge = service.flatMap({ BearerChallenge(denial, at: $0, access, below: path) }) {
            response.add(challenge)
        }
        if let wait = retryAfter ?? denial.retryAfter {
            response.headers.add("Retry-After", String(max(1, wait.seconds)))
        }
        return response
    }
}

extension String {
    /// The text as a header value: `%`, control characters and non-ASCII percent-encoded as UTF-8.
    var headerValue: String { percentEncoded(keeping: \.isPlain) }
}

extension String {
    /// As ``headerValue``, truncated to `limit` bytes between characters.
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
