/// Why a request is refused. The raw value is what `X-Jeton-Reason` carries; it is part of the contract.
public enum Denial: String, Error, Hashable, Sendable, CaseIterable {
    /// Nothing was presented.
    case noCredentials = "no_credentials"
    /// Two different credentials were presented.
    case severalCredentials = "several_credentials"
    /// Not a well-formed token, and not similar to one: a password.
    case notAToken = "not_a_token"
    /// A token with something around it: quotes, spaces, a line's end.
    case tokenInText = "token_in_text"
    /// Similar to a token, but the checksum fails: it was cut off or mistyped.
    case brokenToken = "broken_token"
    /// Neither a token nor a login with a password, where passwords are still accepted.
    case neitherTokenNorPassword = "neither_token_nor_password"
    /// Well-formed, but no such token was ever created here.
    case unknownToken = "unknown_token"
    /// The index has not read all tokens yet, so it cannot tell whether this one exists.
    case starting
    /// The token was revoked, or its owner's account was deleted.
    case revoked
    /// The token has expired.
    case expired
    /// The secret was replaced when its token was rotated, and was revoked.
    case previousSecretRevoked = "previous_secret_revoked"
    /// The secret was replaced when its token was rotated, and its time is over.
    case previousSecretExpired = "previous_secret_expired"
    /// The secret was replaced when its token was rotated, and does no more than verify at services.
    case previousSecret = "previous_secret"
    /// The token is paused, and works again by itself.
    case paused
    /// The owner is suspended. The token works again when the owner does.
    case ownerSuspended = "owner_suspended"
    /// The token is dormant, since its owner has not signed in through the identity provider for too long.
    case signInNeeded = "sign_in_needed"
    /// The owner is a service account that has had no active steward for longer than the grace.
    case accountUnattended = "account_unattended"
    /// The token was handed over to a service account by somebody who has left, and whose secret was not replaced in time.
    case rotationNeeded = "rotation_needed"
    /// The token is an agent's on behalf of its owner, and the agent is suspended, was removed, or has had no active steward
    /// for longer than the grace.
    case agentInactive = "agent_inactive"
    /// The token is good, but the login beside it is somebody else's.
    case wrongLogin = "wrong_login"
    /// The token is good, but bound to other addresses than the client's.
    case addressNotAllowed = "address_not_allowed"
    /// The token is good, but its owner is in none of the groups that may hold tokens for this service.
    case notEntitled = "not_entitled"
    /// The token is good, but its scopes do not allow the request.
    case insufficientScope = "insufficient_scope"
    /// The token is good, but only tokens that jobs got for their identities may write at this service.
    case writesFromCIOnly = "writes_from_ci_only"
    /// The token is good, but breaks a rule of the operator about tokens.
    case policy
    /// The proxy asks for a service that is not configured.
    case unknownService = "unknown_service"
    /// Too many different wrong secrets came from this address.
    case tooManyFailures = "too_many_failures"
    /// A password, where they are accepted, that does not match its login.
    case wrongPassword = "wrong_password"
    /// A password, where too many wrong ones were tried for its login or from its address.
    case tooManyPasswords = "too_many_passwords"
    /// A password that could not be checked just now.
    case passwordUnchecked = "password_unchecked"
    /// Any credential, while this node may have missed a revocation.
    case stale

    /// The denial that is reported: one for everything that is not a token, and one for every secret that was revoked or
    /// has expired, whatever the sentence says.
    public var reported: Denial {
        switch self {
        case .tokenInText, .brokenToken, .neitherTokenNorPassword: .notAToken
        case .previousSecretRevoked: .revoked
        case .previousSecretExpired: .expired
        default: self
        }
    }

    /// What `X-Jeton-Reason` carries; it is part of the contract.
    public var reason: String { reported.rawValue }

    /// The HTTP status (RFC 9110; 429 is RFC 6585's).
    ///
    /// 401 means that the credential is bad for good: on a 401 Git deletes the token that it has stored. A
    /// credential that will work again, or works elsewhere, gets 403. The gate's own trouble is a 5xx: on a
    /// 404 package managers ask the next index.
    public var status: Int {
        switch self {
        case .severalCredentials: 400
        case .paused, .previousSecret, .ownerSuspended, .signInNeeded, .accountUnattended, .rotationNeeded,
            .agentInactive, .addressNotAllowed, .notEntitled, .insufficientScope, .writesFromCIOnly, .policy:
            403
        // Neither 502, which is for passwords that cannot be checked, nor 503: retrying would not help.
        case .unknownService: 500
        case .tooManyFailures, .tooManyPasswords: 429
        // Not 503, by which a load balancer takes this node for failing: another could not check either.
        case .passwordUnchecked: 502
        case .starting, .stale: 503
        default: 401
        }
    }

    /// How long to wait before trying again, where that helps.
    public var retryAfter: TimeSpan? {
        switch self {
        case .starting: .seconds(5)
        case .stale: .seconds(1)
        case .tooManyFailures, .tooManyPasswords, .passwordUnchecked: .minutes(1)
        default: nil
        }
    }

    /// Whether it is an answer to a wrong secret, which counts in the address's ``Guesses``.
    public var countsAsGuess: Bool {
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
    ///   - link: what the form for a new token is filled in with.
    ///   - address: where the client was seen to be.
    ///   - paths: the paths below which alone the token may do what was asked for, if any.
    ///   - pause: the pause in force, if any.
    ///   - rule: the rule by which the token is refused, if it is.
    public func sentence(
        service: String, access: Access, desk: String, link: NewTokenLink = NewTokenLink(),
        address: IPAddress? = nil, paths: [ServicePath] = [],
        pause: Pause? = nil, rule: BrokenRule? = nil
    ) -> String {
        let form = link.address(at: desk)
        return switch self {
        case .noCredentials:
            "\(service) needs a token, not a password; create one at \(form)"
        case .severalCredentials:
            "two different credentials were sent at once; send one token, in one header"
        case .notAToken:
            "this is not a token, and passwords are not accepted here; create a token at \(form)"
        case .tokenInText:
            "there is a token in this, with something around it; check for quotes, spaces and line breaks"
        case .brokenToken:
            "this token was cut off or mistyped; copy it again, or create a new one at \(form)"
        case .neitherTokenNorPassword:
            "this is neither a token nor a login with a password; create a token at \(form)"
        case .unknownToken:
            "this token is unknown here; check that it was copied completely, or create a new one at \(form)"
        case .starting:
            "the token desk has just started and does not know all tokens yet; try again in a moment"
        case .revoked:
            "this token was revoked; create a new one at \(form)"
        case .expired:
            "this token has expired; create a new one at \(form)"
        case .previousSecretRevoked, .previousSecretExpired:
            "this secret was replaced by a newer one and no longer works; use its token's current secret, "
                + "or rotate the token at \(desk)"
        case .previousSecret:
            "this secret was replaced by a newer one; use its token's current secret for this"
        case .paused:
            "this token was paused\(pause?.words ?? ""); it can be resumed at \(desk)"
        case .ownerSuspended:
            "the account that this token belongs to is suspended; ask your administrator"
        case .signInNeeded:
            "this token is dormant until its owner signs in again; to use it again, sign in at \(desk)"
        case .accountUnattended:
            "the service account that this token belongs to has had no steward for too long; ask your administrator"
        case .rotationNeeded:
            "somebody who knows this secret has left, and it was not replaced in time; "
                + "a steward of its service account rotates it at \(desk)"
        case .agentInactive:
            "the agent that this token was given to is suspended, or nobody looks after it; ask your administrator"
        case .wrongLogin:
            "this token belongs to another login; send its owner's login with it, or none; see \(desk)"
        case .addressNotAllowed:
            "this token may not be used from \(address?.description ?? "an unknown address"); "
                + "use it from where it is allowed, or create one for this address at \(form)"
        case .notEntitled:
            "the owner of this token is in none of the groups that may use \(service); ask your administrator"
        case .insufficientScope where !paths.isEmpty:
            "this token may \(access.rawValue) at \(service) only below \(Self.shown(paths)); "
                + "create one that may \(access.rawValue) here: \(form)"
        case .insufficientScope:
            "this token may not \(access.rawValue) at \(service); "
                + "create one that may \(access.rawValue): \(form)"
        case .writesFromCIOnly:
            "only CI jobs may write at \(service), with a token that they get for their identity; "
                + "push from a job, or see \(desk)"
        case .policy:
            rule?.sentence(service: service, desk: desk, form: form)
                ?? "this token breaks a rule about tokens at \(service); see which at \(desk)"
        case .unknownService:
            "no service of this name is configured at the token desk; ask your administrator"
        case .tooManyFailures:
            "too many different wrong tokens came from this address; wait a minute, then try again"
        case .wrongPassword:
            "this is neither a token nor this login's password; create a token at \(form)"
        case .tooManyPasswords:
            "too many wrong passwords came for this login or from this address; "
                + "wait a minute, or create a token at \(form)"
        case .passwordUnchecked:
            "passwords cannot be checked just now; try again in a minute, or create a token at \(form)"
        case .stale:
            "the token desk has lost its database and grants nothing until it is back; try again in a moment"
        }
    }
}

extension Denial {
    /// The first paths, at most three, so that the sentence fits a header.
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

extension TokenLikeness {
    /// The denial of a text that is not a token.
    public var denial: Denial {
        switch self {
        case .none: .notAToken
        case .holdsToken: .tokenInText
        case .brokenToken: .brokenToken
        }
    }
}
