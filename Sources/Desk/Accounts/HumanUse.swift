public import Ledger
public import Tokens

/// A sign that a person uses a service account's token as their own (OWASP NHI10).
///
/// A token of a service account is for programs. A person who takes it does what nobody can tell from the builds, and
/// goes on when their own account is closed. Two things tell: a browser, which sends its name, and an address at which
/// otherwise only one person was. An address that several people share, such as an office's, tells nothing.
public struct HumanUse: Hashable, Sendable {
    public enum Sign: Hashable, Sendable {
        /// A client that calls itself a browser.
        case browser
        /// An address from which within ``span`` only this person signed in.
        case signIn(SubjectID)
        /// An address at which within ``span`` only this person used a token or a password of their own.
        case ownToken(SubjectID)
    }

    /// How far back is looked.
    public static let span = TimeSpan.days(30)
    /// The most signs that are told.
    static let limit = 5

    public let sign: Sign
    /// The latest of the uses, with the number of all of them.
    public let use: Use

    /// Whose address it was; `nil` for a browser.
    public var person: SubjectID? {
        switch sign {
        case .browser: nil
        case .signIn(let person), .ownToken(let person): person
        }
    }

    /// The addresses that are worth asking about, the latest first.
    static func addresses(of uses: [Use]) -> [String] {
        var addresses: [String] = []
        for use in uses.sorted(by: { $0.lastAt > $1.lastAt }) where !addresses.contains(use.address) {
            // Everybody on the machine itself has its address.
            guard let address = IPAddress(use.address), !address.isLoopback else { continue }
            addresses.append(use.address)
        }
        return Array(addresses.prefix(LedgerLimits.addressesAskedFor))
    }

    /// The signs in the uses of an account's tokens, the latest first.
    ///
    /// - Parameter people: who was at the addresses of these uses.
    public static func signs(in uses: [Use], people: [PersonAtAddress]) -> [HumanUse] {
        let byAddress = Dictionary(grouping: people, by: \.address)
        var found: [Place: HumanUse] = [:]
        for use in uses where use.service != ServiceName.desk {
            guard let sign = sign(of: use, at: byAddress[use.address] ?? []) else { continue }
            let place = Place(sign: sign, address: use.address)
            var latest = use
            if let known = found[place]?.use {
                latest = known.lastAt >= use.lastAt ? known : use
                latest.count = known.count + use.count
            }
            found[place] = HumanUse(sign: sign, use: latest)
        }
        let sorted = found.values.sorted { ($1.use.lastAt, $0.use.address) < ($0.use.lastAt, $1.use.address) }
        return Array(sorted.prefix(limit))
    }

    private struct Place: Hashable {
        let sign: Sign
        let address: String
    }

    private static func sign(of use: Use, at people: [PersonAtAddress]) -> Sign? {
        if BrowserName(rawValue: use.client) != nil { return .browser }
        guard let one = people.first, people.allSatisfy({ $0.subject == one.subject }) else { return nil }
        return people.contains { $0.way == .session } ? .signIn(one.subject) : .ownToken(one.subject)
    }
}

extension TokenDesk {
    /// The signs that a person uses these tokens, which are a service account's.
    public func humanUses(of tokens: [Token]) async throws(DeskFault) -> [HumanUse] {
        let since = clock.now - HumanUse.span
        var uses: [Use] = []
        for token in tokens { uses += try await self.uses(of: token.id, since: since) }
        let addresses = HumanUse.addresses(of: uses)
        let people = try await read { () throws(LedgerError) in
            try await ledger.people(at: addresses, since: since)
        }
        return HumanUse.signs(in: uses, people: people)
    }
}
