internal import Ledger
internal import Memory
internal import Synchronization
internal import Tokens

/// Interns the scopes and addresses of active tokens: equal ones are stored once, under a number.
///
///     let number = permissions.number(scopes: token.scopes, addresses: token.addresses) // counts one token more
///     permissions[number]?.scopes
///     permissions.release(of: number)            // counts one token fewer
///
/// A person could create and revoke tokens with ever new scopes. So entries are reference-counted and removed
/// with their last token. The first 256, which most tokens share, stay for good and are read without a lock.
/// A number is never reused.
final class PermissionTable: Sendable {
    /// The number of removed permissions: those of revoked tokens.
    static let removed = UInt32.max

    private let first = ObjectArray<Permissions>()
    private let removable = (0..<64).map { _ in PermissionShard() }
    private let numbers = Mutex(Numbers())
    /// How many entries stay for good.
    private let permanent: UInt32

    /// Every 64th of the entries that can be removed.
    private final class PermissionShard: Sendable {
        let permissions = Mutex<[UInt32: Permissions]>([:])
    }

    fileprivate struct Numbers {
        var next: UInt32 = 0
        var byText: [[UInt8]: UInt32] = [:]
        /// The reference counts of removable entries, with their text.
        var counts: [UInt32: (count: Int, text: [UInt8])] = [:]
        /// A small cache of recently used entries, by a cheap hash of their text.
        var recent = [(text: [UInt8], number: UInt32)?](repeating: nil, count: 64)
    }

    init(permanent: UInt32 = 256) {
        self.permanent = permanent
    }

    var count: Int { numbers.withLock(\.byText.count) }

    /// The permissions of that number; `nil` where they were removed.
    subscript(number: UInt32) -> Permissions? {
        number < permanent
            ? first[number] : removable[Int(number & 63)].permissions.withLock { $0[number] }
    }

    /// Interns the texts in which the ledger stores permissions, and counts one token more.
    func number(scopes: Span<UInt8>, addresses: Span<UInt8>) throws(LedgerError) -> UInt32 {
        let slot = Self.slot(scopes, addresses)
        let known = numbers.withLock { numbers -> UInt32? in
            guard let (text, number) = numbers.recent[slot], Self.isText(text, scopes, addresses) else {
                return nil
            }
            numbers.retain(number, text, permanent: permanent)
            return number
        }
        if let known { return known }
        return try number(text: Self.text(scopes, addresses), slot) { () throws(LedgerError) in
            try Permissions(scopes: scopes, addresses: addresses)
        }
    }

    /// Interns the permissions of a token, and counts one token more.
    func number(scopes: Scopes, addresses: [AddressRange]) -> UInt32 {
        let (scopeText, addressText) = (Array(scopes.text.utf8), Array(addresses.column.utf8))
        return number(
            text: Self.text(scopeText.span, addressText.span), Self.slot(scopeText.span, addressText.span)
        ) {
            Permissions(scopes: scopes, addresses: addresses)
        }
    }

    private func number<Failure>(
        text: [UInt8], _ slot: Int, make: () throws(Failure) -> Permissions
    ) throws(Failure) -> UInt32 {
        try numbers.withLock { numbers throws(Failure) in
            let number: UInt32
            if let known = numbers.byText[text] {
                number = known
            } else {
                let permissions = try make()
                number = numbers.next
                precondition(number < Self.removed, "more terms than have a number")
                if number < permanent {
                    _ = first.append(permissions)
                } else {
                    removable[Int(number & 63)].permissions.withLock { $0[number] = permissions }
                }
                numbers.byText[text] = number
                numbers.next += 1
            }
            numbers.recent[slot] = (text, number)
            numbers.retain(number, text, permanent: permanent)
            return number
        }
    }

    /// Counts one token fewer. Call it once for each time that a number was returned.
    func release(of number: UInt32) {
        guard number >= permanent, number != Self.removed else { return }
        numbers.withLock { numbers in
            guard let (count, text) = numbers.counts[number] else { return }
            guard count == 1 else {
                numbers.counts[number] = (count - 1, text)
                return
            }
            numbers.counts[number] = nil
            numbers.byText[text] = nil
            for slot in numbers.recent.indices where numbers.recent[slot]?.number == number {
                numbers.recent[slot] = nil
            }
            removable[Int(number & 63)].permissions.withLock { $0[number] = nil }
        }
    }

    /// Both texts joined. Neither scopes nor addresses contain a zero.
    private static func text(_ scopes: Span<UInt8>, _ addresses: Span<UInt8>) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(scopes.count + 1 + addresses.count)
        for index in scopes.indices { text.append(scopes[index]) }
        text.append(0)
        for index in addresses.indices { text.append(addresses[index]) }
        return text
    }

    private static func isText(_ text: [UInt8], _ scopes: Span<UInt8>, _ addresses: Span<UInt8>) -> Bool {
        guard text.count == scopes.count + 1 + addresses.count else { return false }
        for index in scopes.indices where text[index] != scopes[index] { return false }
        let start = scopes.count + 1
        for index in addresses.indices where text[start + index] != addresses[index] { return false }
        return text[scopes.count] == 0
    }

    private static func slot(_ scopes: Span<UInt8>, _ addresses: Span<UInt8>) -> Int {
        let first = scopes.isEmpty ? 0 : Int(scopes[0])
        let last = scopes.isEmpty ? 0 : Int(scopes[scopes.count - 1])
        let address = addresses.isEmpty ? 0 : Int(addresses[addresses.count - 1])
        return (scopes.count &* 7 &+ first &* 5 &+ last &+ addresses.count &+ address &* 3) & 63
    }
}

extension PermissionTable.Numbers {
    fileprivate mutating func retain(_ number: UInt32, _ text: [UInt8], permanent: UInt32) {
        if number >= permanent { counts[number, default: (0, text)].count += 1 }
    }
}

/// The scopes and addresses of a token, shared by all tokens that have the same.
final class Permissions: Sendable {
    let scopes: Scopes
    let addresses: [AddressRange]

    init(scopes: Scopes, addresses: [AddressRange]) {
        self.scopes = scopes
        self.addresses = addresses
    }

    /// Parses the texts in which the ledger stores them.
    convenience init(scopes: Span<UInt8>, addresses: Span<UInt8>) throws(LedgerError) {
        guard let read = Scopes(text: scopes.text) else {
            throw .failed(reason: "a row holds no valid scopes")
        }
        guard let ranges = [AddressRange](column: addresses.text) else {
            throw .failed(reason: "a row holds no valid addresses")
        }
        self.init(scopes: read, addresses: ranges)
    }
}
