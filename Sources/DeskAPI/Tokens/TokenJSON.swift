import Desk
import JSON
import Ledger
import Tokens

/// Tokens, people and services in JSON, as `openapi.json` describes them.
extension JSONValue {
    /// - Parameters:
    ///   - owner: whose token it is, which is told of a service account.
    ///   - isDormant: whether the owner has to sign in before the token works again.
    init(_ token: Token, of owner: Subject, lastUse: Use?, isDormant: Bool, at now: Timestamp) {
        let state = token.state(at: now)
        self = .object([
            "id": .string(token.id.text),
            "name": .string(token.name.text),
            "description": .string(token.description),
            "owner": owner.isPerson
                ? .null : ["login": .string(owner.login.text), "kind": .string(owner.kind)],
            "scopes": .array(token.scopes.list.map { .string($0.text) }),
            "addresses": .array(token.addresses.map { .string($0.description) }),
            "state": .string(state.rawValue),
            "asleep": .bool(isDormant && state == .active),
            "created_at": .string(token.createdAt.rfc3339),
            "created_through": .string(token.origin.text),
            "expires_at": .optional(token.expiresAt?.rfc3339),
            "rotated_at": .optional(token.rotatedAt?.rfc3339),
            "last_used": lastUse.map(JSONValue.init) ?? .null,
            "pauses": .array(token.pauses.inForce(at: now).map(JSONValue.init)),
            "handed_over": token.handOver.map(JSONValue.init) ?? .null,
            "revoked": token.revocation.map(JSONValue.init) ?? .null,
            "successor": .optional(token.successor?.text),
            "traded_for": .optional(token.exchange?.parent.text),
            "device": .optional(token.exchange?.device.text),
            "client": (token.client ?? token.assertedClient).map(JSONValue.init) ?? .null,
            "job": token.job.map(JSONValue.init) ?? .null,
            "actor": token.exchange.flatMap(JSONValue.init(actorOf:)) ?? .null,
        ])
    }

    /// The job that got a token.
    init(_ job: Token.Job) {
        self = [
            "rule": .string(job.rule.text), "issuer": .string(job.issuer), "subject": .string(job.subject),
            "repository": .string(job.repository), "workflow": .string(job.workflow), "run": .string(job.run),
        ]
    }

    /// The agent that acts with an exchanged token on behalf of its owner; `nil` for none. `login` is the one that it had when
    /// it got the token.
    init?(actorOf exchange: Token.Exchange) {
        guard let delegation = exchange.delegation else { return nil }
        self = .object([
            "id": .string(delegation.actor.text), "login": .string(exchange.device.text),
            "acts_for": .array(delegation.actors.dropFirst().map { .string($0.text) }),
            "got_for": .optional(delegation.from?.text),
        ])
    }

    /// The OAuth client that got a token.
    init(_ client: Token.Client) {
        self = .object([
            "id": .string(client.id), "title": .string(client.title), "address": .string(client.address),
        ])
    }

    init(_ use: Use) {
        self = .object([
            "at": .string(use.lastAt.rfc3339), "service": .string(use.service),
            "address": .string(use.address), "client": .string(use.client),
        ])
    }

    init(_ pause: Pause) {
        self = .object([
            "source": .string(pause.source.rawValue), "at": .string(pause.at.rfc3339),
            "until": .optional(pause.until?.rfc3339), "by": .optional(pause.by?.text),
        ])
    }

    /// Who knows the current secret from the time before the token was handed over.
    init(_ handOver: HandOver) {
        self = .object(["from": .string(handOver.from.text), "at": .string(handOver.at.rfc3339)])
    }

    /// A previous secret, and how far what used it has moved.
    init(_ secret: PreviousSecret, _ move: SecretMove) {
        self = .object([
            "id": .string(secret.id.text), "replaced_at": .string(secret.replacedAt.rfc3339),
            "ends_at": .optional(secret.endsAt?.rfc3339), "ends_when_moved": .bool(secret.endsWhenMoved),
            "places": .array(
                move.places.map { place in
                    .object([
                        "service": .string(place.service), "address": .string(place.address),
                        "client": .string(place.client), "previous_use": .string(place.previousUse.rfc3339),
                        "current_use": .optional(place.currentUse?.rfc3339), "moved": .bool(place.hasMoved),
                    ])
                }),
        ])
    }

    init(_ revocation: Token.Revocation) {
        self = .object([
            "at": .string(revocation.at.rfc3339), "by": .optional(revocation.by?.text),
            "reason": .string(revocation.reason.rawValue),
        ])
    }

    init(_ service: Service) {
        self = .object([
            "name": .string(service.name.text), "title": .string(service.title),
            "kind": .string(service.kind.rawValue), "url": .optional(service.url?.description),
            "paths": .array(service.paths.map { .string($0.description) }),
        ])
    }

    /// - Parameter policy: how often people have to sign in, if that is required.
    init(_ subject: Subject, _ policy: SignInPolicy?, at now: Timestamp) {
        self = .object([
            "id": .string(subject.id.text), "login": .string(subject.login.text),
            "kind": .string(subject.kind), "name": .string(subject.name),
            "email": .optional(subject.email), "groups": .array(subject.groups.map { .string($0) }),
            "administrator": .bool(subject.isAdministrator),
            "suspended_at": .optional(subject.suspendedAt?.rfc3339),
            "deactivated_at": .optional(subject.deactivatedAt?.rfc3339),
            "ended_at": .optional(subject.endedAt?.rfc3339),
            "created_at": .string(subject.createdAt.rfc3339),
            "last_sign_in_at": .optional(subject.lastSignInAt?.rfc3339),
            "tokens_sleep_at": .optional(subject.dormancy(policy, at: now)?.rfc3339),
        ])
    }
}

extension Subject {
    /// What it is, for programs.
    var kind: String { isPerson ? "person" : Subject.accountKind }
}

extension Token.Origin {
    /// The value of `created_through`.
    var text: String {
        switch self {
        case .desk: "desk"
        case .token: "api"
        case .commandLine: "command_line"
        case .exchange: "trade"
        case .client: "oauth"
        case .job: "job"
        case .assertion: "assertion"
        }
    }
}
