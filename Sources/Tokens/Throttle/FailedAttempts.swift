public import Sodium

/// By whom or by what failed attempts at guessing something are counted.
public enum AttemptKey: Hashable, Sendable {
    /// An account by its folded login, tried from browsers that never signed in to it.
    case account(String)
    /// A browser that signed in to the account before: its owner's, most likely.
    case device(String)
    /// An address; for IPv6 the network of 64 bits, since one customer holds all of it.
    case address(IPAddress)
    /// An address that comes back from the identity provider with codes which the provider does not know.
    case code(IPAddress)

    /// An account by its login as it was typed, in whichever case and normal form. Of a text that is too
    /// long for any login the beginning counts.
    public static func account(typed login: String) -> AttemptKey {
        let start = login.unicodeScalars.prefix(Login.byteLimit)
        return .account(String(String.UnicodeScalarView(start)).folded)
    }

    /// An address as it is counted.
    public static func network(of address: IPAddress) -> AttemptKey {
        .address(address.network)
    }

    /// As ``network(of:)``; all clients whose address is not known (`nil`) count as one address.
    public static func client(at address: IPAddress?) -> AttemptKey {
        network(of: address ?? .unspecified)
    }

    /// The same for codes of the identity provider's. Nothing else is counted under this key.
    public static func codes(from address: IPAddress?) -> AttemptKey {
        .code((address ?? .unspecified).network)
    }

    /// How many failures cost nothing.
    public var free: Int {
        switch self {
        case .account, .device: 5
        case .address, .code: 20
        }
    }

    /// Whether it is a browser that its owner signed in with before.
    public var isDevice: Bool { if case .device = self { true } else { false } }

    /// Whether many people have it, so that one's success says nothing of the others' failures.
    public var isShared: Bool { if case .address = self { true } else { false } }

    /// What stands for it where it is kept.
    public var digest: SHA256Digest {
        let text =
            switch self {
            case .account(let login): "account:\(login)"
            case .device(let name): "device:\(name)"
            case .address(let address): "address:\(address)"
            case .code(let address): "code:\(address)"
            }
        return SHA256Digest(of: Array(text.utf8).span)
    }
}

/// The failed attempts of one ``AttemptKey``: after a few free ones each further one doubles the wait, up
/// to a minute. A quarter of an hour after the last they are forgotten.
public struct FailedAttempts: Hashable, Sendable {
    /// How many.
    public let count: Int
    /// When the last one was.
    public let last: Timestamp

    /// Nobody waits longer.
    public static let longestWait = TimeSpan.minutes(1)
    /// After how long they are forgotten.
    public static let memory = TimeSpan.minutes(15)

    /// So many, the last of them then.
    public init(count: Int, last: Timestamp) {
        self.count = count
        self.last = last
    }

    /// How long one still has to wait who had `free` of them for nothing; `nil` where one may try now.
    public func wait(after free: Int, at now: Timestamp) -> TimeSpan? {
        guard count >= free, last.isWithin(Self.memory, before: now) else { return nil }
        let doubled = TimeSpan.seconds(1 << Int64(min(count - free, 10)))
        // Another node's clock may be ahead: nobody waits longer for that.
        let left = min(last + min(doubled, Self.longestWait) - now, Self.longestWait)
        return left > .seconds(0) ? left : nil
    }

    /// One failure fewer; `nil` where there was one.
    public var withoutOne: FailedAttempts? {
        count > 1 ? FailedAttempts(count: count - 1, last: last) : nil
    }

    /// One failure more; where the ones before are forgotten, the first.
    public func another(at now: Timestamp) -> FailedAttempts {
        FailedAttempts(
            count: last.isWithin(Self.memory, before: now) ? count.saturatingPlus(1) : 1, last: now)
    }
}
