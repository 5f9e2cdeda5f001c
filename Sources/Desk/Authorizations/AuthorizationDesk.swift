public import Ledger
public import Sodium
public import Tokens

/// What programs ask people for, what people decide, and the tokens that come of it.
///
/// What a program gets is an ordinary token of the person who approved, created by the rules that hold on My Tokens: when
/// the person decides, so that the form can say what is wrong, and again when the code is redeemed.
public struct AuthorizationDesk: Sendable {
    let ledger: any AuthorizationLedger & AttemptLedger & SubjectLedger & TokenLedger
    let tokens: TokenDesk
    let clock: Clock

    public init(
        ledger: any AuthorizationLedger & AttemptLedger & SubjectLedger & TokenLedger, tokens: TokenDesk,
        clock: Clock
    ) {
        self.ledger = ledger
        self.tokens = tokens
        self.clock = clock
    }

    /// What a program asks for.
    public struct Asked: Hashable, Sendable {
        public let client: String
        public let clientTitle: String
        /// Empty where it leaves them to the person.
        public let scopes: [Scope]
        public let resource: ServiceName?
        /// Where it asked from, and how it calls itself.
        public let address: String
        public let agent: String

        public init(
            client: String, clientTitle: String, scopes: [Scope], resource: ServiceName?, address: String,
            agent: String = ""
        ) {
            self.client = client
            self.clientTitle = clientTitle
            self.scopes = scopes
            self.resource = resource
            self.address = address
            self.agent = agent
        }

        /// The client, as its token remembers it.
        public var tokenClient: Token.Client {
            Token.Client(id: client, title: clientTitle, address: address)
        }
    }

    /// An authorization that waits for a person, with the codes that are kept nowhere else.
    public struct Pending: Sendable {
        public let authorization: Authorization
        /// What the program polls with.
        public let code: String
        /// What the person types; `nil` where they follow a link.
        public let userCode: UserCode?
    }

    // MARK: A program asks

    /// Notes what a program without a browser asks for. Throws ``DeskFault/ledger(_:)`` with
    /// ``LedgerError/tooManyRequests`` where too many wait for a person.
    public func ask(_ asked: Asked, by kind: Authorization.Kind) async throws(DeskFault) -> Pending {
        let now = clock.now
        let code = Self.makeCode()
        var collisions = 0
        while true {
            let userCode = kind == .device ? UserCode.make() : nil
            let authorization = Authorization(
                // The address that npm opens has nothing else that is secret.
                id: kind == .login ? .unguessable() : .make(at: now), kind: kind,
                digest: Self.digest(of: code), userCode: userCode?.digest,
                client: asked.client, clientTitle: asked.clientTitle, scopes: asked.scopes,
                resource: asked.resource, address: asked.address, agent: asked.agent, createdAt: now,
                expiresAt: now + Authorization.patience)
            do throws(LedgerError) {
                try await ledger.add(authorization, event: nil)
                return Pending(authorization: authorization, code: code, userCode: userCode)
            } catch {
                collisions += 1
                guard error == .changedMeanwhile, collisions < 5 else { throw .ledger(error) }
            }
        }
    }

    /// A new code of 256 random bits.
    static func makeCode() -> String { Sodium.base64URL(Sodium.randomBytes(count: 32)) }

    /// The digest by which a code is found.
    public static func digest(of code: String) -> SHA256Digest { SHA256Digest(of: "code:\(code)") }

    // MARK: A person decides

    /// The authorization that waits for a person under `typed`; `nil` for none. Wrong codes slow down whoever types them:
    /// throws ``TooManyCodes``.
    public func pending(userCode typed: String, by requester: Requester) async throws -> Authorization? {
        let now = clock.now
        let keys = [AttemptKey.userCode(requester.subject?.id.text ?? "")]
        if let wait = try await ledger.wait(for: keys, at: now) { throw TooManyCodes(wait: wait) }
        guard let code = UserCode(typed: typed) else { return nil }
        if let wait = try await ledger.begin(keys, at: now) { throw TooManyCodes(wait: wait) }
        guard let found = try await ledger.authorization(userCode: code.digest, at: now) else { return nil }
        try await ledger.succeed(keys)
        return found
    }

    /// Somebody typed too many wrong codes.
    public struct TooManyCodes: Error {
        public let wait: TimeSpan
    }

    /// The authorization of that identifier, if it waits for a person.
    public func pending(_ id: AuthorizationID) async throws(DeskFault) -> Authorization? {
        let found = try await read { () throws(LedgerError) in try await ledger.authorization(id) }
        return found.flatMap { $0.isPending(at: clock.now) ? $0 : nil }
    }

    /// The tokens of `person` that `client` got and that still work, the latest first.
    public func tokens(of person: Subject, at client: String) async throws(DeskFault) -> [ListedToken] {
        try await tokens.working(of: person.id)
            .filter { $0.token.client?.id.isExactly(client) == true }
            .sorted { $0.token.createdAt > $1.token.createdAt }
    }

    /// Approves what a program with a browser asks for. Returns the code that it redeems within a minute.
    ///
    /// Throws ``DeskFault/invalid(_:)`` with the faults of what was decided.
    public func approve(
        _ asked: Asked, _ decision: Authorization.Decision, sendingTo redirectURI: String, challenge: String,
        by requester: Requester
    ) async throws(DeskFault) -> String {
        guard let person = requester.subject else { throw .forbidden(Self.needsPerson) }
        try await check(decision, of: asked, for: person, address: requester.address)
        let now = clock.now
        let code = Self.makeCode()
        let authorization = Authorization(
            id: .make(at: now), kind: .code, digest: Self.digest(of: code), client: asked.client,
            clientTitle: asked.clientTitle, scopes: asked.scopes, resource: asked.resource,
            address: asked.address, agent: asked.agent, createdAt: now,
            expiresAt: now + Authorization.codeLasting, redirectURI: redirectURI, challenge: challenge,
            stage: .approved, subject: person.id, decision: decision, decidedFrom: requester.address)
        do throws(LedgerError) {
            try await ledger.add(authorization, event: nil)
        } catch {
            throw .ledger(error)
        }
        return code
    }

    /// Approves an authorization that waits for a person. Throws ``DeskFault/invalid(_:)`` with the faults of what was
    /// decided, and ``DeskFault/requestSettled(_:)`` where it no longer waits.
    public func approve(
        _ authorization: Authorization, _ decision: Authorization.Decision, by requester: Requester
    ) async throws(DeskFault) {
        guard let person = requester.subject else { throw .forbidden(Self.needsPerson) }
        try await check(decision, of: authorization.asked, for: person, address: requester.address)
        try await settle(authorization) { changed, now in
            changed.stage = .approved
            changed.subject = person.id
            changed.decision = decision
            changed.decidedFrom = requester.address
            // The program polls every few seconds.
            changed.expiresAt = now + Authorization.patience
            return []
        }
    }

    /// Denies an authorization that waits for a person.
    public func deny(_ authorization: Authorization, by requester: Requester) async throws(DeskFault) {
        let asked = authorization.asked
        try await settle(authorization) { changed, now in
            changed.stage = .denied
            changed.subject = requester.subject?.id
            changed.decidedFrom = requester.address
            changed.settledAt = now
            return [asked.denial(by: requester, at: now)]
        }
    }

    /// Notes that a person denied what a program with a browser asked for.
    public func deny(_ asked: Asked, by requester: Requester) async throws(DeskFault) {
        let event = asked.denial(by: requester, at: clock.now)
        do throws(LedgerError) { try await tokens.ledger.add(event) } catch { throw .ledger(error) }
    }

    private func settle(
        _ authorization: Authorization,
        _ change: @escaping @Sendable (inout Authorization, Timestamp) -> [Event]
    ) async throws(DeskFault) {
        let now = clock.now
        do throws(LedgerError) {
            try await ledger.change(authorization.id) { found throws(LedgerError) in
                guard found.isPending(at: now) else { throw .changedMeanwhile }
                return change(&found, now)
            }
        } catch .changedMeanwhile {
            throw .requestSettled("This was decided already, or took too long: start again in the program.")
        } catch {
            throw .ledger(error)
        }
    }

    private static let needsPerson = "Only a person who is signed in can let a program have a token."
}

extension AuthorizationDesk.Asked {
    fileprivate func denial(by requester: Requester, at now: Timestamp) -> Event {
        Event(
            .authorizationDenied, at: now, actor: requester.subject?.id, subject: requester.subject?.id,
            address: requester.address,
            detail: address.isEmpty ? clientTitle : "\(clientTitle) from \(address)")
    }
}

extension Authorization {
    /// What the program asked for.
    public var asked: AuthorizationDesk.Asked {
        AuthorizationDesk.Asked(
            client: client, clientTitle: clientTitle, scopes: scopes, resource: resource, address: address,
            agent: agent)
    }
}
