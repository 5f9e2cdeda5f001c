import HTTPServer
public import Ledger
public import SignIn
import Synchronization
public import Tokens

/// Who calls the API.
struct Caller: Sendable {
    let actor: Actor
    let subject: Subject

    /// The token that the caller holds, where it is not a browser.
    var token: Token? {
        if case .token(let token) = actor.means { token } else { nil }
    }

    /// Whether the caller may see and change all tokens of its subject.
    var canManage: Bool { token.map(\.scopes.canManage) ?? true }
}

/// Finds out who calls the API: by a token, or by a browser's session.
public final class CallerReader: Sendable {
    private let index: TokenIndex
    private let sessions: Sessions
    private let clock: Clock
    private let format: TokenFormat
    private let trustedProxies: [AddressRange]
    private let deskAddress: String
    private let recordUse: @Sendable (_ token: TokenID, _ address: IPAddress?, _ userAgent: String) -> Void
    private let guesses = Mutex(Guesses())

    /// A reader that tells `recordUse` of each good token.
    public init(
        index: TokenIndex, sessions: Sessions, clock: Clock, format: TokenFormat,
        trustedProxies: [AddressRange], deskAddress: String,
        recordUse: @escaping @Sendable (_ token: TokenID, _ address: IPAddress?, _ userAgent: String) -> Void
    ) {
        self.index = index
        self.sessions = sessions
        self.clock = clock
        self.format = format
        self.trustedProxies = trustedProxies
        self.deskAddress = deskAddress
        self.recordUse = recordUse
    }

    /// Who sent `request`; throws ``Problem`` where nobody good did.
    func caller(of request: Request) async throws -> Caller {
        var credential = Credential.none
        for field in request.headers.fields {
            let (name, value) = (Array(field.name.utf8), Array(field.value.utf8))
            credential.take(header: name.span, value: value.span, format: format)
        }
        let address = request.clientAddress(trusting: trustedProxies)
        if credential == .none { return try await browser(request, address) }
        let found = credential.digest.flatMap(index.find)
        let holder = Verdict.holder(
            of: credential, token: found?.token, owner: found?.owner, from: address, at: clock.now)
        switch holder {
        case .failure(let denial): throw refused(denial, credential, address)
        case .success(let holder):
            recordUse(holder.token.id, address, request.headers["user-agent"] ?? "")
            let actor = Actor.holder(
                of: holder.token, owner: holder.owner, address: address?.description ?? "")
            return Caller(actor: actor, subject: holder.owner)
        }
    }

    private func browser(_ request: Request, _ address: IPAddress?) async throws -> Caller {
        guard let visitor = try await sessions.visitor(of: request) else { throw refused(.noCredentials) }
        // The session's cookie comes along with requests that other sites cause; a browser says so
        // (Fetch Metadata), and none lets them send JSON here unasked.
        let site = request.headers["sec-fetch-site"] ?? "same-origin"
        let changes = request.method != "GET" && request.method != "HEAD"
        if changes, site != "same-origin" && site != "none" {
            throw Problem.forbidden("This request comes from another site.")
        }
        if request.method == "POST", !request.isJSON { throw Problem.notJSON }
        let actor = Actor.person(visitor.subject, address: address?.description ?? "")
        return Caller(actor: actor, subject: visitor.subject)
    }

    private func refused(_ denial: Denial, from address: IPAddress? = nil) -> Problem {
        .unauthorized(denial, desk: deskAddress, address: address)
    }

    private func refused(_ denial: Denial, _ credential: Credential, _ address: IPAddress?) -> Problem {
        guard let address, let fingerprint = credential.fingerprint, denial.isOfGuesses else {
            return refused(denial, from: address)
        }
        let isGuess = guesses.withLock { $0.fail(fingerprint, from: address, at: clock.now) }
        return refused(isGuess ? .tooManyFailures : denial)
    }
}

extension Request {
    /// Whether the body is said to be JSON.
    var isJSON: Bool {
        let type = headers["content-type"]?.split(separator: ";").first ?? ""
        return type.lowercased().filter { $0 != " " } == "application/json"
    }
}

extension Problem {
    static let notJSON = Problem(
        status: 415, kind: "not-json", title: "The body must be JSON",
        detail: "Send the body as JSON, with Content-Type: application/json.")
}
