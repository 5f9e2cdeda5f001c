import HTTPServer
import JSON
import Sodium
import Tokens

/// A cookie that carries something from a form to the page that it leads to. Only the desk can read or write it.
///
/// It is encrypted and authenticated with a key of its own, and good for a minute, so any node can read it and none has to
/// remember it.
struct SealedCookie: Sendable {
    private let box: SecretBox
    private let name: String
    private let clock: Clock
    private let isSecure: Bool

    /// How long it is good for.
    static let patience = TimeSpan.minutes(1)

    /// What a cookie carries, as it came.
    struct Opened {
        let document: JSONValue
        let end: Timestamp
        /// The cookie's value. No two are equal, since each is sealed with a nonce of its own.
        let sealed: String
    }

    /// A cookie of that purpose, with a key derived from `key`.
    init(_ purpose: String, key: KeyedHash, clock: Clock, isSecure: Bool) {
        box = SecretBox(key, purpose: purpose)
        name = isSecure ? "__Host-jeton-\(purpose)" : "jeton-\(purpose)"
        self.clock = clock
        self.isSecure = isSecure
    }

    /// The `Set-Cookie` value that carries `members`.
    func setting(_ members: [String: JSONValue]) -> String {
        var members = members
        members["until"] = .integer((clock.now + Self.patience).milliseconds)
        return header(box.seal(Array(JSONValue.object(members).text.utf8)), lasting: Self.patience)
    }

    /// What `request` carries; `nil` where it carries nothing, or something that the desk did not seal within the last minute.
    func opened(from request: Request) -> Opened? {
        guard let sealed = request.cookie(name), let bytes = box.open(sealed),
            let document = try? JSONValue(parsing: bytes), case .integer(let number)? = document["until"]
        else { return nil }
        let end = Timestamp(milliseconds: number)
        guard (end - Self.patience).isWithin(Self.patience, before: clock.now) else { return nil }
        return Opened(document: document, end: end, sealed: sealed)
    }

    /// Whether `request` has the cookie, whatever it carries.
    func isSent(with request: Request) -> Bool { request.cookie(name) != nil }

    /// Whether `response` sets it.
    func isSet(by response: Response) -> Bool {
        response.headers.all("set-cookie").contains { $0.hasPrefix("\(name)=") }
    }

    /// The `Set-Cookie` value that removes it.
    var removal: String { header("", lasting: .seconds(0)) }

    private func header(_ value: String, lasting: TimeSpan) -> String {
        "\(name)=\(value); Path=/; HttpOnly; SameSite=Lax; Max-Age=\(lasting.seconds)\(isSecure ? "; Secure" : "")"
    }
}
