public import HTTPServer
import Sodium
import Synchronization
public import Tokens

/// What `Authorization: Basic` of an OAuth client, or of a service, says (RFC 6749, section 2.3.1).
public struct ClientCredentials: Sendable {
    public let name: String
    /// The possible readings of the secret: the RFC form-encodes both parts before Basic joins them, and many clients do
    /// not.
    public let secrets: [String]

    /// Reads the value of the header; `nil` where it is of another scheme, or malformed.
    public init?(basic header: String) {
        let parts = header.split(maxSplits: 1) { $0 == " " || $0 == "\t" }
        guard parts.count == 2, parts[0].lowercased() == "basic",
            let bytes = Sodium.bytes(fromBase64: Array(parts[1].utf8).span.trimmed),
            let colon = bytes.firstIndex(of: UInt8(ascii: ":"))
        else { return nil }
        let name = String(decoding: bytes[..<colon], as: UTF8.self)
        let secret = String(decoding: bytes[(colon + 1)...], as: UTF8.self)
        self.init(name: FormValues.decoded(name[...]), secrets: [secret, FormValues.decoded(secret[...])])
    }

    /// What `request` presents, by `Authorization: Basic` or in the form; the name is empty, and there are no secrets, where
    /// it does not say. Throws ``OAuthFault/invalidRequest(_:)`` for both ways at once, and `malformed` where the header is no
    /// Basic.
    public init(
        of request: Request, _ form: OAuthForm, orElse malformed: OAuthFault
    ) throws(OAuthFault) {
        let headers = request.headers.all("authorization")
        guard let header = headers.first else {
            name = form["client_id"] ?? ""
            secrets = form["client_secret"].map { [$0] } ?? []
            return
        }
        guard headers.count == 1, form["client_secret"] == nil else {
            throw .invalidRequest("authenticate in one way: by Authorization or by client_secret")
        }
        guard let basic = ClientCredentials(basic: header) else { throw malformed }
        guard form["client_id"].map({ $0.isExactly(basic.name) }) ?? true else {
            throw .invalidRequest("client_id differs from Authorization")
        }
        self = basic
    }

    private init(name: String, secrets: [String]) {
        self.name = name
        self.secrets = secrets
    }
}

/// Counts wrong secrets of clients, or of services, by address, as wrong tokens are.
public final class ClientGuesses: Sendable {
    private let guesses = Mutex(GuessLimiter())
    private let clock: Clock

    public init(clock: Clock) {
        self.clock = clock
    }

    /// Whether too many different ones came from there.
    public func fail(_ secrets: [String], from address: IPAddress?) -> Bool {
        // Swift's hashes are seeded for each process and cannot be reversed.
        guesses.withLock { $0.fail(secrets.hashValue, from: address, at: clock.steady) }
    }
}
