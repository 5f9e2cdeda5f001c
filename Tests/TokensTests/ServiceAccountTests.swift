import Testing
import Tokens

@Suite("Service accounts at the gate")
struct ServiceAccountTests {
    private func account(_ change: (inout ServiceAccount) -> Void = { _ in }) throws -> Subject {
        var account = ServiceAccount(purpose: "Nightly builds", owners: ["build-team"])
        change(&account)
        return Subject(
            id: SubjectID(number: 7), login: try Login("bot-ci"), name: "CI", groups: ["ci"],
            createdAt: now - .days(100), account: account)
    }

    private func denial(
        of owner: Subject, at service: Service, from address: String? = "10.0.0.9", at moment: Timestamp = now
    ) throws -> Denial? {
        let token = TokenRecord(
            id: TokenID(number: 9), owner: owner.id, scopes: .everyService, addresses: [],
            createdAt: now - .days(1), expiresAt: nil, isRevoked: false)
        let policies = Policies(tokens: TokenPolicy(grace: .days(30)))
        return Verdict.Holder(token: token, owner: owner, policies: policies).denial(
            login: .nobody, service: service,
            request: ServiceRequest(.read, from: address.flatMap { IPAddress($0) }), at: moment)
    }

    private var maven: Service {
        get throws { Service(name: try ServiceName("maven")) }
    }

    @Test("its tokens work while it has a steward, through the grace, and not after it")
    func unattended() throws {
        #expect(try denial(of: account(), at: maven) == nil)
        let left = try account { $0.unattendedSince = now - .days(10) }
        #expect(try denial(of: left, at: maven) == nil)
        let end = now + .days(20)
        #expect(try denial(of: left, at: maven, at: end - TimeSpan(milliseconds: 1)) == nil)
        #expect(try denial(of: left, at: maven, at: end) == .accountUnattended)
        #expect(Denial.accountUnattended.status == 403)
    }

    @Test("a cached grant ends with the grace")
    func cachedGrant() throws {
        let left = try account { $0.unattendedSince = now - .days(10) }
        let token = TokenRecord(
            id: TokenID(number: 9), owner: left.id, scopes: .everyService, addresses: [],
            createdAt: now - .days(1), expiresAt: nil, isRevoked: false)
        let holder = Verdict.Holder(token: token, owner: left)
        #expect(try holder.validUntil(.read, at: maven, now: now) == now + .days(20))
    }

    @Test("it is bound to its services, its groups and its addresses")
    func bounds() throws {
        let git = Service(name: try ServiceName("git"))
        let ops = Service(name: try ServiceName("ops"), groups: ["build-team"])
        let bound = try account { $0.services = [try! ServiceName("maven"), try! ServiceName("ops")] }
        #expect(try denial(of: bound, at: maven) == nil)
        #expect(try denial(of: bound, at: git) == .notEntitled)
        #expect(try denial(of: bound, at: ops) == .notEntitled, "it has not the groups of its owners")
        let inside = try account { $0.addresses = [AddressRange("10.0.0.0/8")!] }
        #expect(try denial(of: inside, at: maven) == nil)
        #expect(try denial(of: inside, at: maven, from: "192.0.2.1") == .addressNotAllowed)
        #expect(try denial(of: inside, at: maven, from: nil) == .addressNotAllowed)
    }

    @Test("stewards are active people who are named, or in an owner group")
    func stewards() throws {
        let account = ServiceAccount(
            purpose: "", owners: ["build-team"], stewards: [SubjectID(number: 1)])
        func person(_ number: Int64, groups: [String] = []) throws -> Subject {
            Subject(
                id: SubjectID(number: number), login: try Login("p\(number)"), groups: groups, createdAt: now)
        }
        #expect(account.isSteward(try person(1)))
        #expect(account.isSteward(try person(2, groups: ["build-team"])))
        #expect(!account.isSteward(try person(3, groups: ["Build-Team", "build-team2"])))
        var gone = try person(1, groups: ["build-team"])
        gone.deactivatedAt = now
        #expect(!account.isSteward(gone))
        let other = Subject(
            id: SubjectID(number: 4), login: try Login("bot-x"), groups: ["build-team"], createdAt: now,
            account: account)
        #expect(!account.isSteward(other), "an account manages no other")
    }
}
