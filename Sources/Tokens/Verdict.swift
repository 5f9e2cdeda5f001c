/// What verify answers.
public enum Verdict: Hashable, Sendable {
    /// The request may pass, as that subject, by that token.
    case grant(Subject, TokenID)
    /// The request may pass, as nobody: it presents nothing, and everybody may read there.
    case anonymous
    /// The request may not pass.
    case denial(Denial)
}

/// Why a request may not pass. The raw value is what `X-Jeton-Reason` carries; it is part of the contract.
public enum Denial: String, Error, Hashable, Sendable, CaseIterable {
    /// Nothing was presented.
    case noCredentials = "no_credentials"
    /// Two different ones were presented at once.
    case severalCredentials = "several_credentials"
    /// What was presented has not the form of a token, and does not look like one: a password.
    case notAToken = "not_a_token"
    /// There is a token in what was presented, with something around it: quotes, blanks, a line's end.
    case tokenInText = "token_in_text"
    /// It looks like a token, but the checksum fails: it was cut off or mistyped.
    case brokenToken = "broken_token"
    /// It is neither a token nor a login with a password, where passwords still pass.
    case neitherTokenNorPassword = "neither_token_nor_password"
    /// It has the form, but no such token was ever made here.
    case unknownToken = "unknown_token"
    /// The desk has just started and has not read all tokens, so it cannot tell whether this one was made here.
    case starting
    /// It was revoked, or its owner's account was deleted.
    case revoked
    /// Its time is over.
    case expired
    /// Its owner is suspended. It is good again when the owner is.
    case ownerSuspended = "owner_suspended"
    /// It sleeps, since its owner has not signed in through the identity provider for long.
    case signInNeeded = "sign_in_needed"
    /// It is good, but the login beside it is somebody else's.
    case wrongLogin = "wrong_login"
    /// It is good, but bound to other addresses than the client's.
    case addressNotAllowed = "address_not_allowed"
    /// It is good, but its owner is in none of the groups that may hold tokens for this service.
    case notEntitled = "not_entitled"
    /// It is good, but may not do this here.
    case insufficientScope = "insufficient_scope"
    /// The proxy asks for a service that is not configured.
    case unknownService = "unknown_service"
    /// Too many different wrong secrets came from this address.
    case tooManyFailures = "too_many_failures"
    /// A password, where they still pass, that is not its login's.
    case wrongPassword = "wrong_password"
    /// A password, where too many wrong ones were tried for its login or from its address.
    case tooManyPasswords = "too_many_passwords"
    /// A password, where it cannot be told just now whose it is.
    case passwordUnchecked = "password_unchecked"
    /// Anything, while this node cannot tell whether it knows of every revocation.
    case stale

    /// The reason that is told: one name for all that is no token, whatever its sentence says.
    public var told: Denial {
        switch self {
        case .tokenInText, .brokenToken, .neitherTokenNorPassword: .notAToken
        default: self
        }
    }

    /// What `X-Jeton-Reason` carries; it is part of the contract.
    public var reason: String { told.rawValue }

    /// The status of the answer (RFC 9110; 429 is RFC 6585's).
    ///
    /// 401 says that the credential is bad for good: on a 401 Git deletes the token that it has stored. What
    /// will be good again, or is good elsewhere, is 403. The gate's own trouble is a 5xx: on a 404 package
    /// managers ask the next index.
    public var status: Int {
        switch self {
        case .severalCredentials: 400
        case .ownerSuspended, .signInNeeded, .addressNotAllowed, .notEntitled, .insufficientScope: 403
        // Neither 502, which is the password keeper's, nor 503: trying again would not help.
        case .unknownService: 500
        case .tooManyFailures, .tooManyPasswords: 429
        // Another node could not tell either: by 503 a load balancer would hold this one for failing.
        case .passwordUnchecked: 502
        case .starting, .stale: 503
        default: 401
        }
    }

    /// How long to wait before the same may pass, where waiting helps.
    public var retryAfter: TimeSpan? {
        switch self {
        case .starting: .seconds(5)
        case .stale: .seconds(1)
        case .tooManyFailures, .tooManyPasswords, .passwordUnchecked: .minutes(1)
        default: nil
        }
    }

    /// Whether who guesses is told this: only then is a secret counted among an address's ``Guesses``.
    public var isOfGuesses: Bool {
        switch self {
        case .notAToken, .tokenInText, .brokenToken, .neitherTokenNorPassword, .unknownToken, .wrongPassword:
            true
        default: false
        }
    }

    /// One line for the person at the other end of git or Maven, ending in what to do.
    ///
    /// - Parameters:
    ///   - desk: the address of My Tokens.
    ///   - address: where the client was seen to be.
    ///   - paths: the paths below which alone the token may do what was asked for, if any.
    public func sentence(
        service: String, access: Access, desk: String, address: IPAddress? = nil, paths: [ServicePath] = []
    ) -> String {
        switch self {
        case .noCredentials:
            "\(service) needs a token in place of a password: make one at \(desk)"
        case .severalCredentials:
            "two different credentials were sent at once: send one token, in one header"
        case .notAToken:
            "this is not a token, and passwords are not accepted here: make a token at \(desk)"
        case .tokenInText:
            "there is a token in this, with something around it: check for quotes, blanks and line ends"
        case .brokenToken:
            "this token was cut off or mistyped: copy it again, or make a new one at \(desk)"
        case .neitherTokenNorPassword:
            "this is neither a token nor a login with a password: make a token at \(desk)"
        case .unknownToken:
            "this token is unknown here: check that it was copied whole, or make a new one at \(desk)"
        case .starting:
            "the token desk has just started and does not know all tokens yet: try again in a moment"
        case .revoked:
            "this token was revoked: make a new one at \(desk)"
        case .expired:
            "this token has expired: make a new one at \(desk)"
        case .ownerSuspended:
            "the account that this token belongs to is suspended: ask your administrator"
        case .signInNeeded:
            "this token sleeps, since its owner has not signed in for long: to wake it, sign in once at \(desk)"
        case .wrongLogin:
            "this token belongs to another login: send its owner's login, or none, with it; see \(desk)"
        case .addressNotAllowed:
            "this token may not be used from \(address?.description ?? "an unknown address"): "
                + "use it from where it is meant for, or make one for here at \(desk)"
        case .notEntitled:
            "the owner of this token is in none of the groups that may use \(service): ask your administrator"
        case .insufficientScope where !paths.isEmpty:
            "this token may \(access.rawValue) at \(service) only below \(Self.shown(paths)): "
                + "make one that may here at \(desk)"
        case .insufficientScope:
            "this token may not \(access.rawValue) at \(service): make one that may at \(desk)"
        case .unknownService:
            "no service of this name is configured at the token desk: ask your administrator"
        case .tooManyFailures:
            "too many different wrong tokens came from this address: wait a minute, then try again"
        case .wrongPassword:
            "this is neither a token nor this login's password: make a token at \(desk)"
        case .tooManyPasswords:
            "too many wrong passwords came for this login or from this address: wait a minute, or make a token at \(desk)"
        case .passwordUnchecked:
            "passwords cannot be checked just now: try again in a minute, or make a token at \(desk)"
        case .stale:
            "the token desk has lost touch with its database and grants nothing meanwhile: try again in a moment"
        }
    }
}

extension Denial {
    /// The first of the paths, at most three: a sentence stands in a header, too, and that has to fit.
    private static func shown(_ paths: [ServicePath]) -> String {
        var shown: [String] = []
        for path in paths.prefix(3) {
            let size = shown.reduce(path.text.utf8.count) { $0 + $1.utf8.count }
            guard shown.isEmpty || size <= 300 else { break }
            shown.append(path.text)
        }
        return shown.joined(separator: ", ") + (shown.count < paths.count ? " and others" : "")
    }
}

extension Verdict {
    /// The rule: may who presented `credential` have what `request` asks of `service`, at `now`?
    ///
    /// Whatever is presented is judged, also where nothing would do: a token that was revoked shows as that.
    ///
    /// Reasons are told in the order of `docs/tokens.md`: the credential, the token's state, its owner,
    /// the login beside it, where it is used from, the owner's groups, the scopes.
    ///
    /// - Parameters:
    ///   - token: what is known of the credential's digest.
    public static func judge(
        _ credential: Credential, token: KnownToken, service: Service, request: borrowing ServiceRequest,
        at now: Timestamp
    ) -> Verdict {
        if case .none = credential, service.allowsAnonymously(request) { return .anonymous }
        return switch holder(of: credential, token: token, from: request.address, at: now) {
        case .failure(let denial): .denial(denial)
        case .success(let holder):
            holder.denial(at: service, request).map { .denial($0) } ?? .grant(holder.owner, holder.token.id)
        }
    }

    /// Who presented `credential` from `address`, or why it is not good at all, whatever it is asked for.
    ///
    /// The exact reason is told to who presents the whole token, and so only to its holder.
    public static func holder(
        of credential: Credential, token: KnownToken, from address: IPAddress?, at now: Timestamp
    ) -> Result<Holder, Denial> {
        switch (credential, token) {
        case (.none, _): .failure(.noCredentials)
        case (.several, _): .failure(.severalCredentials)
        case (.notAToken(_, let likeness), _): .failure(likeness.denial)
        case (.token, .unknown): .failure(.unknownToken)
        case (.token, .unread): .failure(.starting)
        case (.token(_, let login), .kept(let holder)):
            holder.checked(login: login, from: address, at: now)
        }
    }

    /// A token with its owner.
    public struct Holder: Hashable, Sendable {
        /// The token that was presented.
        public let token: TokenRecord
        /// Whose it is.
        public let owner: Subject
        /// How often its owner has to sign in, if that is demanded.
        public let policy: SignInPolicy?

        /// A holder as the index knows it.
        public init(token: TokenRecord, owner: Subject, policy: SignInPolicy?) {
            self.token = token
            self.owner = owner
            self.policy = policy
        }

        /// Why a request may not pass that presents the token beside `login`; `nil` where it may.
        public func denial(
            login: PresentedLogin, service: Service, request: borrowing ServiceRequest, at now: Timestamp
        ) -> Denial? {
            denial(login: login, from: request.address, at: now) ?? denial(at: service, request)
        }

        fileprivate func checked(
            login: PresentedLogin, from address: IPAddress?, at now: Timestamp
        ) -> Result<Holder, Denial> {
            denial(login: login, from: address, at: now).map { .failure($0) } ?? .success(self)
        }

        private func denial(login: PresentedLogin, from address: IPAddress?, at now: Timestamp) -> Denial? {
            switch token.state(at: now) {
            case .revoked: return .revoked
            case .expired: return .expired
            case .active: break
            }
            // All its tokens were revoked with it; one that was written in the same moment is no better.
            if owner.endedAt != nil { return .revoked }
            if owner.isSuspended { return .ownerSuspended }
            if owner.isDormant(policy, at: now) { return .signInNeeded }
            guard login.isOne(of: owner) else { return .wrongLogin }
            return token.isGood(from: address) ? nil : .addressNotAllowed
        }

        fileprivate func denial(at service: Service, _ request: borrowing ServiceRequest) -> Denial? {
            guard service.admits(owner) else { return .notEntitled }
            return token.scopes.cover(service, request) ? nil : .insufficientScope
        }
    }
}

extension TokenLikeness {
    /// Why a text that is no token is refused.
    public var denial: Denial {
        switch self {
        case .none: .notAToken
        case .holdsToken: .tokenInText
        case .brokenToken: .brokenToken
        }
    }
}
