import Testing
import Tokens

@Suite("A service that takes writes from jobs alone")
struct WritesFromJobsTests {
    private func service(_ isRestricted: Bool) throws -> Service {
        Service(
            name: try ServiceName("releases"), passwords: .transition(until: nil),
            takesWritesFromJobsOnly: isRestricted)
    }

    @Test(
        "lets everybody read, and refuses whoever else writes, whatever their scopes",
        arguments: [
            (true, true, Access.write, nil), (true, true, .read, nil), (true, false, .read, nil),
            (true, false, .write, .writesFromCIOnly), (false, false, .write, nil), (false, true, .write, nil),
        ] as [(Bool, Bool, Access, Denial?)])
    func tokens(isRestricted: Bool, isOfJob: Bool, access: Access, expected: Denial?) throws {
        let owner = try alice()
        let record = TokenRecord(
            id: TokenID(number: 7), owner: owner.id, scopes: .everyService, addresses: [], createdAt: now,
            expiresAt: nil, isRevoked: false, isOfJob: isOfJob)
        let holder = Verdict.Holder(token: record, owner: owner)
        let service = try service(isRestricted)
        #expect(
            holder.denial(
                login: .nobody, service: service, request: ServiceRequest(access, from: nil), at: now)
                == expected)
        // What a cache of grants goes by.
        #expect((holder.validUntil(access, at: service, now: now) == nil) == (expected != nil))
        let password = Verdict.judge(
            passwordOf: owner, login: "alice", service: service, access: access, at: now)
        let isRefused = isRestricted && access == .write
        #expect(password == (isRefused ? .failure(.writesFromCIOnly) : .success(owner)))
    }

    @Test("says that the scopes do not allow it where they do not, first")
    func scopes() throws {
        let owner = try alice()
        let record = TokenRecord(
            id: TokenID(number: 7), owner: owner.id,
            scopes: Scopes([.service(try ServiceName("releases"), .read)]), addresses: [], createdAt: now,
            expiresAt: nil, isRevoked: false)
        let denial = Verdict.Holder(token: record, owner: owner).denial(
            login: .nobody, service: try service(true), request: ServiceRequest(.write, from: nil), at: now)
        #expect(denial == .insufficientScope)
    }
}
