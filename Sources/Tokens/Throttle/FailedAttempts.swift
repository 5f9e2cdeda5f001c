public import Sodium

/// What failed attempts are counted by.
public enum AttemptKey: Hashable, Sendable {
    /// An account by its folded login, tried from browsers that never signed in to it.
    case account(String)
    /// A browser that signed in to the account before, and so is most likely its owner's.
    case device(String)
    /// An address; for IPv6 its network of 64 bits, since one customer holds all of it.
    case address(IPAddress)
    /// An address from which codes come back that the identity provider does not know.
    case code(IPAddress)
    /// A person, by identifier, who types the codes that programs without a browser show (RFC 8628, section 5.1).
    case userCode(String)

    /// An account by its login as typed, in any case and normal form. Of a text that is too long for a login,
    /// the beginning counts.
    public static func account(typed login: String) -> AttemptKey {
        let start = login.unicodeScalars.prefix(Login.byteLimit)
        return .account(String(String.UnicodeScalarView(start)).folded)
    }

    /// The key of an address.
    public static func network(of address: IPAddress) -> AttemptKey {
        .address(address.network)
    }

    /// The key of a client's address. All clients without a known address (`nil`) share one.
    public static func client(at address: IPAddress?) -> AttemptKey {
        network(of: address ?? .unspecified)
    }

    /// The key for codes of the identity provider from an address. Nothing else is counted under it.
    public static func codes(from address: IPAddress?) -> AttemptKey {
        .code((address ?? .unspecified).network)
    }

    /// How many failures cause no wait.
    public var free: Int {
        switch self {
        case .account, .device, .userCode: 5
        case .address, .code: 20
        }
    }

    /// Whether it is a browser that signed in before.
    public var isDevice: Bool { if case .device = self { true } else { false } }

    /// Whether one success says nothing about the other failures: many people share it, or it is easy to have a success,
    /// as with the code of a program of one's own.
    public var isShared: Bool {
        switch self {
        case .address, .userCode: true
        case .account, .device, .code: false
        }
    }

    /// The key under which a ledger keeps it.
    public var digest: SHA256Digest {
        let text =
            switch self {
            case .account(let login): "account:\(login)"
            case .device(let name): "device:\(name)"
            case .address(let address): "address:\(address)"
            case .code(let address): "code:\(address)"
            case .userCode(let person): "user-code:\(person)"
            }
        return SHA256Digest(of: text)
    }
}

/// The failed attempts of one ``AttemptKey``. After a few free ones, each further one doubles the wait, up to
/// a minute. A quarter of an hour after the last one they are forgotten.
public struct FailedAttempts: Hashable, Sendable {
    public let count: Int
    public let last: Timestamp

    /// The longest wait.
    public static let longestWait = TimeSpan.minutes(1)
    /// How long after the last one they are forgotten.
    public static let memory = TimeSpan.minutes(15)

    public init(count: Int, last: Timestamp) {
        self.count = count
        self.last = last
    }

    /// How long to wait where the first `free` failures are free; `nil` where an attempt may be made now.
    public func wait(after free: Int, at now: Timestamp) -> TimeSpan? {
        guard count >= free, last.isWithin(Self.memory, before: now) else { return nil }
        let doubled = TimeSpan.seconds(1 << Int64(min(count - free, 10)))
        // The clock of another node may be ahead, which must not lengthen the wait.
        let left = min(last + min(doubled, Self.longestWait) - now, Self.longestWait)
        return left > .seconds(0) ? left : nil
    }

    /// One failure fewer; `nil` where it was the only one.
    public var withoutOne: FailedAttempts? {
        count > 1 ? FailedAttempts(count: count - 1, last: last) : nil
    }

    /// One failure more, or the first where the earlier ones are forgotten.
    public func another(at now: Timestamp) -> FailedAttempts {
        FailedAttempts(
            count: last.isWithin(Self.memory, before: now) ? count.saturatingPlus(1) : 1, last: now)
    }
}
