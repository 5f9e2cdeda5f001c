internal import Memory
internal import Synchronization
internal import Tokens

/// All terms there are, each once, by number.
final class TermsTable: Sendable {
    private let all = ObjectArray<Terms>()
    private let numbers = Mutex(Numbers())

    private struct Numbers {
        var byText: [[UInt8]: UInt32] = [:]
        /// Those that were asked for lately, by something of their text that is quick to say.
        var lately = [(text: [UInt8], number: UInt32)?](repeating: nil, count: 64)
    }

    /// The terms of that number. Waits for nobody.
    subscript(number: UInt32) -> Terms { all[number] }

    /// The number of the terms that these texts are, as the ledger keeps them.
    func number(scopes: Span<UInt8>, addresses: Span<UInt8>) throws(LedgerError) -> UInt32 {
        let place = Self.place(scopes, addresses)
        let known = numbers.withLock { numbers -> UInt32? in
            guard let (text, number) = numbers.lately[place], Self.isText(text, scopes, addresses) else {
                return nil
            }
            return number
        }
        if let known { return known }
        return try number(text: Self.text(scopes, addresses), place) { () throws(LedgerError) in
            try Terms(scopes: scopes, addresses: addresses)
        }
    }

    /// The number of the terms of that token.
    func number(of token: Token) -> UInt32 {
        let (scopes, addresses) = (Array(token.scopes.text.utf8), Array(token.addresses.column.utf8))
        return number(
            text: Self.text(scopes.span, addresses.span), Self.place(scopes.span, addresses.span)
        ) {
            Terms(scopes: token.scopes, addresses: token.addresses)
        }
    }

    private func number<Failure>(
        text: [UInt8], _ place: Int, make: () throws(Failure) -> Terms
    ) throws(Failure) -> UInt32 {
        try numbers.withLock { numbers throws(Failure) in
            let number: UInt32
            if let known = numbers.byText[text] {
                number = known
            } else {
                number = all.append(try make())
                numbers.byText[text] = number
            }
            numbers.lately[place] = (text, number)
            return number
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
