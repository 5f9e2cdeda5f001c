public import HTTPServer
public import Ledger
internal import Sodium
public import Tokens

/// A person who is signed in at a browser.
public struct Visitor: Hashable, Sendable {
    public let subject: Subject
    public let session: Session
}

/// The sessions of signed-in browsers.
///
/// A session is 256 random bits in a cookie, stored as their SHA-256. Every sign-in creates a new one, so
/// that a planted one (session fixation) is worth nothing.
public struct Sessions: Sendable {
    private let ledger: any SessionLedger & SubjectLedger & EventLedger
    private let clock: Clock
    private let settings: SignInSettings
    private let cookies: Cookies
    /// The counts of sign-ins since the start.
    public let counts = SignInCounts()
    /// The events of refused sign-ins.
    public let refusals: RefusalEvents

    public init(
        ledger: any SessionLedger & SubjectLedger & EventLedger, clock: Clock, settings: SignInSettings
    ) {
        self.ledger = ledger
        self.clock = clock
        self.settings = settings
        cookies = Cookies(isSecure: settings.isSecure)
        refusals = RefusalEvents(ledger: ledger, clock: clock)
    }

    /// The signed-in person who sent `request`; `nil` where nobody is signed in, the session is over, or its
    /// owner is suspended.
    public func visitor(of request: Request) async throws(LedgerError) -> Visitor? {
        guard let secret = cookies.read(.session, from: request), !secret.isEmpty,
            let session = try await ledger.session(Cookies.digest(secret)), isCurrent(session),
            let subject = try await ledger.subject(session.subject), !subject.isSuspended,
            subject.isPerson
        else { return nil }
        let now = clock.now
        if !session.lastSeenAt.isWithin(.minutes(1), before: now) {
            try await ledger.touch(session.id, at: now)
        }
        return Visitor(subject: subject, session: session)
    }

    /// How far a session may begin in the future. Beyond that, it was created under a clock that was wrong,
    /// and would last until then.
    private static let apart = TimeSpan.days(1)

    /// Whether a session may still be used.
    public func isCurrent(_ session: Session) -> Bool {
        let now = clock.now
        // A moment in the future was stored by a clock that was ahead, and says nothing.
        let seen = session.lastSeenAt.isAhead(of: now) ? session.createdAt : session.lastSeenAt
        return seen.isWithin(settings.idle, before: now, skew: Self.apart)
            && session.createdAt.isWithin(settings.absolute, before: now, skew: Self.apart)
    }

    /// Signs a person in at the browser that sent `request`, whose former session ends. `providerSession`
    /// becomes ``Session/providerSession``. Returns the `Set-Cookie` values of the response.
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

    /// Signs the browser out. Returns the `Set-Cookie` values of the response.
    public func end(_ visitor: Visitor, at request: Request) async throws(LedgerError) -> [String] {
        try await ledger.end(visitor.session.id, event: event(.signedOut, visitor, request))
        return [cookies.remove(.session)]
    }

    /// Signs the person out everywhere, including here. Returns the `Set-Cookie` values of the response.
    public func endAll(of visitor: Visitor, at request: Request) async throws(LedgerError) -> [String] {
        try await ledger.endSessions(
            of: visitor.subject.id, keeping: nil, event: event(.signedOutEverywhere, visitor, request))
        return [cookies.remove(.session)]
    }

    /// The person's sessions that can still be used, the most recently seen first.
    public func all(of subject: SubjectID) async throws(LedgerError) -> [Session] {
        try await ledger.sessions(of: subject).filter(isCurrent)
    }

    /// The client's address in text, for events; empty where it is not known.
    public func addressText(of request: Request) -> String { address(of: request)?.description ?? "" }

    /// The client's address; `nil` where it is not known.
    func address(of request: Request) -> IPAddress? {
        request.clientAddress(trusting: settings.trustedProxies)
    }

    private func event(_ kind: Event.Kind, _ visitor: Visitor, _ request: Request) -> Event {
        Event(
            kind, at: clock.now, actor: visitor.subject.id, subject: visitor.subject.id,
            address: addressText(of: request))
    }
}
