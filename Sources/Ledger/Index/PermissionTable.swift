internal import Memory
internal import Synchronization
internal import Tokens

/// All terms that a token has which is not revoked, each once, by number.
///
/// A token can have terms that no other has, and a person can make and revoke tokens without end. So terms go
/// with the last token that has them; but the first ones, which are those of most, stay, and are read without
/// waiting for anybody. A number is never used again.
final class PermissionTable: Sendable {
    /// The number of terms that are gone: those of revoked tokens.
    static let gone = UInt32.max

    private let first = ObjectArray<Permissions>()
    private let others = (0..<64).map { _ in Stripe() }
    private let numbers = Mutex(Numbers())
    /// How many stay.
    private let permanent: UInt32

    /// Every 64th of those that may go.
    private final class Stripe: Sendable {
        let permissions = Mutex<[UInt32: Permissions]>([:])
    }

    fileprivate struct Numbers {
        var next: UInt32 = 0
        var byText: [[UInt8]: UInt32] = [:]
        /// How many tokens have those that may go, and their text.
        var holders: [UInt32: (count: Int, text: [UInt8])] = [:]
        /// Those that were asked for lately, by something of their text that is quick to say.
        var lately = [(text: [UInt8], number: UInt32)?](repeating: nil, count: 64)
    }

    init(permanent: UInt32 = 256) {
        self.permanent = permanent
    }

    /// How many there are.
    var count: Int { numbers.withLock(\.byText.count) }

    /// The terms of that number, unless they are gone.
    subscript(number: UInt32) -> Permissions? {
        number < permanent
            ? first[number] : others[Int(number & 63)].permissions.withLock { $0[number] }
    }

    /// The number of the terms that these texts are, as the ledger keeps them, which one more token has.
    func number(scopes: Span<UInt8>, addresses: Span<UInt8>) throws(LedgerError) -> UInt32 {
        let place = Self.place(scopes, addresses)
        let known = numbers.withLock { numbers -> UInt32? in
            guard let (text, number) = numbers.lately[place], Self.isText(text, scopes, addresses) else {
                return nil
            }
            numbers.hold(number, text, permanent: permanent)
            return number
        }
        if let known { return known }
        return try number(text: Self.text(scopes, addresses), place) { () throws(LedgerError) in
            try Permissions(scopes: scopes, addresses: addresses)
        }
    }

    /// The number of the terms of that token, which one more has.
    func number(of token: Token) -> UInt32 {
        let (scopes, addresses) = (Array(token.scopes.text.utf8), Array(token.addresses.column.utf8))
        return number(
            text: Self.text(scopes.span, addresses.span), Self.place(scopes.span, addresses.span)
        ) {
            Permissions(scopes: token.scopes, addresses: token.addresses)
        }
    }

    private func number<Failure>(
        text: [UInt8], _ place: Int, make: () throws(Failure) -> Permissions
    ) throws(Failure) -> UInt32 {
        try numbers.withLock { numbers throws(Failure) in
            let number: UInt32
            if let known = numbers.byText[text] {
                number = known
            } else {
                let permissions = try make()
                number = numbers.next
                precondition(number < Self.gone, "more terms than have a number")
                if number < permanent {
                    _ = first.append(permissions)
                } else {
                    others[Int(number & 63)].permissions.withLock { $0[number] = permissions }
                }
                numbers.byText[text] = number
                numbers.next += 1
            }
            numbers.lately[place] = (text, number)
            numbers.hold(number, text, permanent: permanent)
            return number
        }
    }

    /// To be called when a token has those terms no more, once for each time that one was given their number.
    func letGo(of number: UInt32) {
        guard number >= permanent, number != Self.gone else { return }
        numbers.withLock { numbers in
            guard let (count, text) = numbers.holders[number] else { return }
            guard count == 1 else {
                numbers.holders[number] = (count - 1, text)
                return
            }
            numbers.holders[number] = nil
            numbers.byText[text] = nil
            for place in numbers.lately.indices where numbers.lately[place]?.number == number {
                numbers.lately[place] = nil
            }
            others[Int(number & 63)].permissions.withLock { $0[number] = nil }
        }
    }

    /// Both texts in one. No scope and no address holds a zero.
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

    private static func place(_ scopes: Span<UInt8>, _ addresses: Span<UInt8>) -> Int {
        let first = scopes.isEmpty ? 0 : Int(scopes[0])
        let last = scopes.isEmpty ? 0 : Int(scopes[scopes.count - 1])
        let address = addresses.isEmpty ? 0 : Int(addresses[addresses.count - 1])
        return (scopes.count &* 7 &+ first &* 5 &+ last &+ addresses.count &+ address &* 3) & 63
    }
}

extension PermissionTable.Numbers {
    fileprivate mutating func hold(_ number: UInt32, _ text: [UInt8], permanent: UInt32) {
        if number >= permanent { holders[number, default: (0, text)].count += 1 }
    }
}
