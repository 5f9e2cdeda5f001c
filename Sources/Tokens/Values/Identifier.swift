private import Sodium
import Synchronization

/// A permanent identifier: 42 bits of milliseconds, then 21 random bits.
///
/// Identifiers sort by the time of their creation, which pages of a list need, and do not reveal how many
/// there are. Within a process the random part advances by a random step each time, so that no two of the
/// same millisecond collide. In text they are 13 characters of Crockford's base32 in lower case.
public struct Identifier<Kind>: Hashable, Comparable, Sendable {
    /// The number in the ledger; never negative.
    public let number: Int64

    /// An identifier read back from storage.
    public init(number: Int64) {
        self.number = number
    }

    /// A new identifier of the moment `now`.
    public static func make(at now: Timestamp) -> Self {
        let time = max(0, now.milliseconds) & (1 << 42 - 1)
        let chance = latestChance.withLock { chance in
            chance = (chance + 1 + Int64(Sodium.random(below: 64))) & (1 << 21 - 1)
            return chance
        }
        return Self(number: time << 21 | chance)
    }

    /// One that nobody can guess: 63 random bits. It does not say when it was made.
    public static func unguessable() -> Self {
        Self(number: Sodium.randomBytes(count: 8).reduce(0) { $0 << 8 | Int64($1) } & .max)
    }

    /// Reads the text form; `nil` for anything that ``text`` would not have written.
    public init?(_ text: some StringProtocol) {
        guard text.utf8.count == 13 else { return nil }
        var number: UInt64 = 0
        for byte in text.utf8 {
            guard let digit = identifierAlphabet.firstIndex(of: byte) else { return nil }
            guard number <= UInt64(Int64.max) >> 5 else { return nil }
            number = number << 5 | UInt64(digit)
        }
        self.number = Int64(number)
    }

    /// The text form: 13 characters that a URL and a double click leave whole.
    public var text: String {
        let digits = stride(from: 60, through: 0, by: -5).map {
            identifierAlphabet[Int(number >> Int64($0)) & 31]
        }
        return String(decoding: digits, as: UTF8.self)
    }

    /// When it was made.
    public var madeAt: Timestamp { Timestamp(milliseconds: number >> 21) }

    public static func < (left: Self, right: Self) -> Bool {
        left.number < right.number
    }
}

extension Identifier: CustomStringConvertible {
    public var description: String { text }
}

/// The random part of this process's latest identifier, of any kind.
///
/// It begins low, so that it wraps round only after tens of thousands. Then two of the same millisecond
/// change places.
private let latestChance = Mutex(Int64(Sodium.random(below: 1 << 19)))

private let identifierAlphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)
