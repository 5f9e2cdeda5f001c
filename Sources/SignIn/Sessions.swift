public import HTTPServer
public import Ledger
internal import Sodium
public import Tokens

/// Who is at the browser.
public struct Visitor: Hashable, Sendable {
    /// The person.
    public let subject: Subject
    /// The browser's session.
    public let session: Session
}

/// The browsers that are signed in.
///
/// A session is 256 random bits in a cookie, kept as their SHA-256. A new one is made at every
/// sign-in, so that one that was planted before is worth nothing.
public struct Sessions: Sendable {
    private let ledger: any SessionLedger & SubjectLedger
    private let clock: Clock
    private let settings: SignInSettings
    private let cookies: Cookies
    /// Who was signed in and who was not, since the start.
    public let counts = SignInCounts()
    /// The events of those who were not.
    public let refusals: RefusalEvents

    /// Sessions kept in `ledger`.
    public init(ledger: any SessionLedger & SubjectLedger, clock: Clock, settings: SignInSettings) {
        self.ledger = ledger
        self.clock = clock
        self.settings = settings
        cookies = Cookies(isSecure: settings.isSecure)
        refusals = RefusalEvents(ledger: ledger, clock: clock)
    }

    /// Who sent `request`; `nil` where nobody is signed in, the session is over, or its owner is suspended.
    public func visitor(of request: Request) async throws(LedgerError) -> Visitor? {
        guard let secret = cookies.read(.session, from: request), !secret.isEmpty,
            let session = try await ledger.session(Cookies.digest(secret)), isCurrent(session),
            let subject = try await ledger.subject(session.subject), !subject.isSuspended
        else { return nil }
        let now = clock.now
        if !session.lastSeenAt.isWithin(.minutes(1), before: now) {
            try await ledger.touch(session.id, at: now)
        }
        return Visitor(subject: subject, session: session)
    }

    /// How far a node's clock may be ahead of another's. A session that begins later than that was made under
    /// one that was wrong, and would last until then.
    private static let apart = TimeSpan.days(1)

    /// Whether a session may still be used.
    public func isCurrent(_ session: Session) -> Bool {
        let now = clock.now
        // When it was seen is not known where that was under a clock that was ahead.
        let seen = session.lastSeenAt.isAhead(of: now) ? session.createdAt : session.lastSeenAt
        return seen.isWithin(settings.idle, before: now, skew: Self.apart)
            && session.createdAt.isWithin(settings.absolute, before: now, skew: Self.apart)
    }

    /// Signs a person in at the browser that sent `request`; the session that it had ends.
    /// `providerSession` is what ``Session/providerSession`` says.
    /// Returns the `Set-Cookie` values of the answer.
    func begin(
        for subject: Subject, by password: PasswordHash? = nil, at request: Request,
        providerSession: String? = nil
    ) async throws(LedgerError) -> [String] {
        let now = clock.now
        let address = addressText(of: request)
        if let old = cookies.read(.session, from: request),
            let session = try await ledger.session(Cookies.digest(old))
        {
            try await ledger.end(
                session.id,
                event: Event(
                    .signedOut, at: now, actor: session.subject, subject: session.subject, address: address))
        }
        let secret = Cookies.makeSecret()
        let session = Session(
            id: .make(at: now), digest: Cookies.digest(secret), subject: subject.id, createdAt: now,
            lastSeenAt: now, address: address,
            client: (request.headers["user-agent"] ?? "").beginning(bytes: 200),
            providerSession: providerSession)
        try await ledger.add(
            session, by: password,
            event: Event(.signedIn, at: now, actor: subject.id, subject: subject.id, address: address))
        return [cookies.set(.session, to: secret, lasting: settings.absolute), cookies.remove(.visit)]
    }

    /// Signs the browser out. Returns the `Set-Cookie` values of the answer.
    public func end(_ visitor: Visitor, at request: Request) async throws(LedgerError) -> [String] {
        try await ledger.end(visitor.session.id, event: event(.signedOut, visitor, request))
        return [cookies.remove(.session)]
    }

    /// Signs the person out everywhere, here too. Returns the `Set-Cookie` values of the answer.
    public func endAll(of visitor: Visitor, at request: Request) async throws(LedgerError) -> [String] {
        try await ledger.endSessions(
            of: visitor.subject.id, keeping: nil, event: event(.signedOutEverywhere, visitor, request))
        return [cookies.remove(.session)]
    }

    /// The person's sessions that can still be used, the latest seen first.
    public func all(of subject: SubjectID) async throws(LedgerError) -> [Session] {
        try await ledger.sessions(of: subject).filter(isCurrent)
    }

    /// Where a request comes from, as events keep it; empty where that is not known.
    public func addressText(of request: Request) -> String { address(of: request)?.description ?? "" }

    /// Where a request comes from; `nil` where that is not known.
    func address(of request: Request) -> IPAddress? {
        request.clientAddress(trusting: settings.trustedProxies)
    }

    private func event(_ kind: Event.Kind, _ visitor: Visitor, _ request: Request) -> Event {
        Event(
            kind, at: clock.now, actor: visitor.subject.id, subject: visitor.subject.id,
            address: addressText(of: request))
    }
}
