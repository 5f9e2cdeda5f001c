import TestHouse
import Testing
import Tokens

@testable import Ledger
@testable import SQLLedger
@testable import TokenIndex

@Suite("Interned permissions")
struct PermissionTableTests {
    private func number(_ text: String, in table: PermissionTable) throws -> UInt32 {
        let (scopes, addresses) = (Array(text.utf8), [UInt8]())
        return try table.number(scopes: scopes.span, addresses: addresses.span)
    }

    @Test("permissions are removed with their last token, except the first ones, and no number is reused")
    func last() throws {
        let table = PermissionTable(permanent: 1)
        let always = try number("git", in: table)
        let (one, two) = (try number("maven:read", in: table), try number("maven:write", in: table))
        #expect(try number("maven:read", in: table) == one)
        #expect(table[one]?.scopes == Scopes(text: "maven:read"))
        table.release(of: one)
        #expect(table[one]?.scopes == Scopes(text: "maven:read"))
        table.release(of: one)
        #expect(table[one] == nil)
        #expect(table[two]?.scopes == Scopes(text: "maven:write"))
        #expect(table.count == 2)
        let again = try number("maven:read", in: table)
        #expect(again != one)
        #expect(table[again]?.scopes == Scopes(text: "maven:read"))
        for _ in 0..<3 { table.release(of: always) }
        #expect(table[always]?.scopes == Scopes(text: "git"))
        table.release(of: PermissionTable.removed)
        #expect(table[PermissionTable.removed] == nil)
    }

    private func token(_ number: Int, expires: Timestamp? = nil) throws -> Token {
        Token(
            id: .next(at: .noon), owner: .init(number: 1), name: try TokenName("t"),
            scopes: try #require(Scopes(text: "git:read:/team/\(number)")), createdAt: .noon, origin: .desk,
            expiresAt: expires)
    }

    private func revoked(_ token: Token) -> Token {
        var token = token
        token.revocation = .init(at: .noon, by: nil, reason: .byOwner)
        return token
    }

    @Test("tokens that are created and revoked again and again leave no permissions behind")
    func churn() throws {
        let index = TokenIndex()
        for number in 0..<5000 {
            let (token, digest) = (try token(number), TokenDigest.fresh())
            // Applied twice, as when a change was made here and is also followed.
            for change in [token, token, revoked(token), revoked(token), token] {
                index.apply(.token(change, digest))
            }
        }
        #expect(index.count == 5000)
        #expect(index.permissions.count == 256)
    }

    @Test("permissions of revoked tokens are not interned")
    func reading() throws {
        let index = TokenIndex(whole: false)
        index.begin(tokens: 2000)
        for number in 0..<2000 {
            let token = try token(number)
            let (scopes, addresses) = (Array(token.scopes.text.utf8), [UInt8]())
            try index.read(
                LoadedToken(
                    digest: .fresh(), secret: token.secret, id: token.id, isPrevious: false,
                    owner: token.owner, scopes: scopes.span, addresses: addresses.span,
                    createdAt: token.createdAt, expiresAt: nil, isRevoked: number != 7, pauses: []))
        }
        index.end()
        #expect(index.count == 2000)
        #expect(index.permissions.count == 1)
    }

    @Test("shared permissions stay, and a sweep removes those of tokens that expired a day ago")
    func sweep() throws {
        let index = TokenIndex()
        let owner = Subject(id: .init(number: 1), login: try Login("alice"), createdAt: .noon)
        index.apply(.subject(owner))
        for number in 0..<256 { index.apply(.token(try token(number), .fresh())) }
        let (expiring, lasting) = (TokenDigest.fresh(), TokenDigest.fresh())
        let shared = try token(2000, expires: .noon + .hours(1))
        index.apply(.token(shared, expiring))
        index.apply(.token(try token(2000), lasting))
        let only = try token(2001, expires: .noon + .hours(1))
        let other = TokenDigest.fresh()
        index.apply(.token(only, other))
        func scopes(_ digest: TokenDigest) -> Scopes? { index.known(digest).record?.scopes }
        index.sweep(at: .noon + .days(1), from: 0)
        #expect(index.permissions.count == 258)
        index.sweep(at: .noon + .days(2), from: 2000)
        #expect(index.permissions.count == 258)
        index.sweep(at: .noon + .days(2), from: 0)
        index.sweep(at: .noon + .days(2), from: 0)
        #expect(index.permissions.count == 257)
        #expect(scopes(lasting) == Scopes(text: "git:read:/team/2000"))
        for digest in [expiring, other] {
            #expect(scopes(digest) == .only([]))
            #expect(index.known(digest).record?.state(at: .noon + .days(2)) == .expired)
        }
        // It is revoked all the same.
        index.apply(.token(revoked(only), other))
        #expect(index.find(other)?.isRevoked == true)
    }

    @Test("permissions removed while the clock was ahead are restored once it is right")
    func clockAhead() async throws {
        let index = TokenIndex()
        let owner = Subject(id: .init(number: 1), login: try Login("alice"), createdAt: .noon)
        index.apply(.subject(owner))
        for number in 0..<256 { index.apply(.token(try token(number), .fresh())) }
        let made = try (2000..<2003).map { (try token($0, expires: .noon + .days(30)), TokenDigest.fresh()) }
        for (token, digest) in made { index.apply(.token(token, digest)) }
        func scopes(_ digest: TokenDigest) -> Scopes? { index.known(digest).record?.scopes }
        #expect(!index.isMissingPermissions(at: .noon))
        index.sweep(at: .noon + .days(365), from: 0)
        #expect(!index.isMissingPermissions(at: .noon + .days(365)))
        #expect(index.isMissingPermissions(at: .noon))
        for (_, digest) in made { #expect(scopes(digest) == .only([])) }
        // One is revoked in the meantime, and stays without.
        index.apply(.token(revoked(made[2].0), made[2].1))
        let version = index.find(made[0].1)?.version

        await #expect(throws: LedgerError.cancelled) {
            try await index.restorePermissions(at: .noon) { _ throws(LedgerError) in throw .cancelled }
        }
        #expect(index.isMissingPermissions(at: .noon))
        try await index.restorePermissions(at: .noon) { reader throws(LedgerError) in
            for (token, digest) in made {
                let (scopes, addresses) = (Array(token.scopes.text.utf8), [UInt8]())
                try reader.read(
                    LoadedToken(
                        digest: digest, secret: token.secret, id: token.id, isPrevious: false,
                        owner: token.owner, scopes: scopes.span, addresses: addresses.span,
                        createdAt: token.createdAt, expiresAt: token.expiresAt, isRevoked: false, pauses: []))
            }
        }
        #expect(!index.isMissingPermissions(at: .noon))
        for (token, digest) in made.prefix(2) { #expect(scopes(digest) == token.scopes) }
        #expect(scopes(made[2].1) == .only([]))
        #expect(index.find(made[0].1)?.version != version, "what was made of the entry is made again")
        #expect(index.permissions.count == 258)
    }
}
