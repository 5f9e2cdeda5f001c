import HTTPServer
import JSON
import Ledger
import TestHouse
import Testing
import Tokens

@testable import SCIM

@Suite("SCIM and service accounts") struct ServiceAccountSCIMTests {
    @Test("provisioning finds no service account, under no name, and cannot change one")
    func hidden() async throws {
        let scim = try await SCIMHouse()
        let ci = try await scim.house.account("bot-ci")
        for path in [
            "/Users", "/Users?filter=userName%20eq%20%22bot-ci%22",
            "/Users?filter=userName%20sw%20%22bot%22", "/Users?filter=id%20eq%20%22\(ci.id)%22",
        ] {
            let found = await scim.call("GET", path)
            #expect(found.status == 200 && found.json?["Resources"] != nil, "\(path)")
            let names = found.json?["Resources"]?.array?.compactMap { $0["userName"]?.string }
            #expect(names == (path == "/Users" ? ["root"] : []), "\(path)")
        }
        #expect(await scim.call("GET", "/Users/\(ci.id)").status == 404)
        #expect(await scim.call("PUT", "/Users/\(ci.id)", ["userName": "carol"]).status == 404)
        #expect(await scim.call("DELETE", "/Users/\(ci.id)").status == 404)
        #expect(
            await scim.patch("/Users/\(ci.id)", ["op": "replace", "path": "active", "value": false]).status
                == 404)
        #expect(try await scim.house.ledger.accounts().map(\.id) == [ci.id])
    }

    @Test("the refusal of an account's token leads to the account's form")
    func refused() async throws {
        let scim = try await SCIMHouse()
        let ci = try await scim.house.account("bot-ci")
        let (token, secret) = try await scim.house.token("ended", of: ci)
        try await scim.house.revoke(token)
        let detail = await scim.call("GET", "/Users", as: secret).json?["detail"]?.string
        #expect(
            detail?.hasSuffix(" https://tokens.example.com/accounts/\(ci.id)/new.") == true, "\(detail ?? "")"
        )
    }

    @Test(
        "a login that is kept for accounts, or is one's, is no user's",
        arguments: ["bot-ci", "BOT-CI", "bot-other"])
    func reserved(login: String) async throws {
        let scim = try await SCIMHouse()
        let ci = try await scim.house.account("bot-ci")
        let refused = await scim.call("POST", "/Users", ["userName": .string(login), "externalId": "7"])
        #expect(["400 invalidValue", "409 uniqueness"].contains(refused.fault), "\(refused.fault)")
        let id = try await scim.add("carol")
        let renamed = await scim.call("PUT", "/Users/\(id)", ["userName": .string(login)])
        #expect(["400 invalidValue", "409 uniqueness"].contains(renamed.fault), "\(renamed.fault)")
        #expect(try await scim.subject(id).login.text == "carol")
        #expect(try await scim.house.ledger.accounts().map(\.id) == [ci.id])
    }

    @Test("no group of the provider has one as a member, and its own groups are not shown there")
    func groups() async throws {
        let scim = try await SCIMHouse()
        let ci = try await scim.house.account("bot-ci", groups: ["devs"])
        let member: JSONValue = [["value": .string(ci.id.text)]]
        let refused = await scim.call("POST", "/Groups", ["displayName": "devs", "members": member])
        #expect(refused.fault == "400 invalidValue")
        let group = await scim.call("POST", "/Groups", ["displayName": "devs"])
        let id = try #require(group.json?["id"]?.string)
        #expect(
            await scim.patch("/Groups/\(id)", ["op": "add", "path": "members", "value": member]).fault
                == "400 invalidValue")
        #expect((await scim.call("GET", "/Groups/\(id)").json?["members"]?.array ?? []).isEmpty)
        #expect(await scim.call("DELETE", "/Groups/\(id)").status == 204)
        #expect(try await scim.house.ledger.subject(ci.id)?.groups == ["devs"])
    }

    @Test(
        "the last steward who is deactivated leaves an account unattended, and a new one attends to it at once"
    )
    func stewards() async throws {
        let scim = try await SCIMHouse()
        let alice = try await scim.add("alice")
        let group = await scim.call(
            "POST", "/Groups", ["displayName": "build-team", "members": [["value": .string(alice)]]])
        let id = try #require(group.json?["id"]?.string)
        let ci = try await scim.house.account("bot-ci")
        func since() async throws -> Timestamp? {
            try await scim.house.ledger.subject(ci.id)?.account?.unattendedSince
        }
        #expect(try await since() == nil)
        _ = await scim.patch("/Users/\(alice)", ["op": "replace", "path": "active", "value": false])
        #expect(try await since() == scim.house.now)
        #expect(try await scim.events(2).map(\.kind).contains(.accountUnattended))
        let dora = try await scim.add("dora")
        _ = await scim.patch(
            "/Groups/\(id)", ["op": "add", "path": "members", "value": [["value": .string(dora)]]])
        #expect(try await since() == nil)
        #expect(try await scim.events(2).map(\.kind).contains(.accountAttended))
    }
}
