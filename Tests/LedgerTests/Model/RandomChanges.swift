import Synchronization
import TestHouse
import Tokens

@testable import Ledger

/// A random number generator with a seed, so that a failure can be had again.
struct Seeded: RandomNumberGenerator {
    var state: UInt64

    // SplitMix64, https://prng.di.unimi.it/splitmix64.c
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }

    mutating func pick<T>(_ choices: T...) -> T { choices[Int.random(in: choices.indices, using: &self)] }
}

/// Whether something was, for closures that may run elsewhere.
final class Flag: Sendable {
    private let flag = Atomic(false)

    var isSet: Bool { flag.load(ordering: .acquiring) }

    func set(_ value: Bool) { flag.store(value, ordering: .releasing) }
}

extension Seeded {
    /// A token that is about to be created.
    mutating func token(_ name: String, of owner: Subject, at now: Timestamp) throws -> (Token, TokenModel) {
        let span: TimeSpan? = pick(nil, nil, .days(3), .days(30))
        let expiresAt = span.map { now + $0 }
        let token = Token(
            id: .next(at: now), owner: owner.id, name: try TokenName(name),
            scopes: TokenChange.wide ?? .everyService, createdAt: now, origin: .desk, expiresAt: expiresAt)
        return (token, TokenModel(id: token.id, digest: .fresh(), expiresAt: expiresAt))
    }

    /// A change of a token as it is in that state.
    mutating func change(of model: TokenModel, _ owner: SubjectID, at now: Timestamp) -> TokenChange {
        let span: TimeSpan? = pick(.minutes(15), .hours(1), .days(1), nil)
        let kind: TokenChange.Kind =
            switch Int.random(in: 0..<24, using: &self) {
            case 0..<7: .rotate(rotation(of: model, at: now))
            case 7..<10: .end(secret(of: model))
            case 10: .revoke
            case 11..<15: .exchange(child(of: model, at: now), isNarrow: model.isNarrow)
            case 15..<19:
                .pause(pick(.owner, .administrator), until: span.map { now + $0 })
            case 19..<22: .resume(pick(.owner, .administrator))
            case 22: .narrow
            default: .expire(now + pick(.hours(1), .days(1), .days(3)))
            }
        // By a former identifier, too.
        let token = Int.random(in: 0..<6, using: &self) == 0 ? secret(of: model).alias : model.id
        return TokenChange(kind: kind, token: token, owner: owner, at: now)
    }

    private mutating func rotation(of model: TokenModel, at now: Timestamp) -> Rotation {
        let overlap: TimeSpan = pick(.seconds(0), .seconds(0), .hours(1), .days(1), .days(7), .days(30))
        let end = model.currentSecret.expiresAt
        return Rotation(
            secret: .next(at: now), digest: .fresh(), at: now, previousEndsAt: now + overlap,
            endsWhenMoved: overlap == .days(30), expiresAt: pick(end, end.map { $0 + .days(3) }),
            expirySetAt: now,
            renames: pick(true, false, false))
    }

    private mutating func child(of model: TokenModel, at now: Timestamp) -> TokenModel.Secret {
        TokenModel.Secret(
            id: .next(at: now), digest: .fresh(), expiresAt: model.currentSecret.expiresAt,
            parent: model.current,
            device: pick(1, 2))
    }

    /// Any secret; most often the one before the current one.
    private mutating func secret(of model: TokenModel) -> SecretID {
        let own = model.secrets.filter { $0.parent == nil }.map(\.id)
        return pick(own.dropLast().last ?? own[0], own.randomElement(using: &self) ?? own[0])
    }
}
