import Ledger
import TestHouse
import Testing
import Tokens

extension LedgerConformance {
    @Suite("A person in more groups than are kept") struct ManyGroups {
        @Test("keeps the groups that the configuration names, whatever their source", arguments: Engine.all)
        func named(engine: Engine) async throws {
            try await engine.open(namedGroups: ["zz-ops", "zz-claimed"]) { house in
                let alice = try await house.person("alice")
                var profile = Profile(alice)
                profile.groups = (1..<GroupName.limit).map { "g\($0)" } + ["zz-claimed"]
                try await house.ledger.update(alice.id, to: profile, event: .note(.subjectChanged))
                for name in ["zz-ops", "aa"] {
                    try await house.ledger.add(
                        .made(name, [alice.id]), administrators: [], event: .note(.groupAdded))
                }
                let groups = try #require(try await house.ledger.subject(alice.id)).groups
                #expect(groups.count == GroupName.limit)
                #expect(groups.prefix(3) == ["zz-claimed", "zz-ops", "aa"])
                let updated = try await house.ledger.update(
                    alice.id, to: profile, event: .note(.subjectChanged))
                #expect(updated.groups == groups)
            }
        }

        @Test("is an administrator by any of them", arguments: Engine.all)
        func administrators(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                var profile = Profile(alice)
                profile.groups = (0..<GroupName.limit).map { "g\($0)" }
                try await house.ledger.update(alice.id, to: profile, event: .note(.subjectChanged))
                try await house.ledger.add(
                    .made("zz-admins", [alice.id]), administrators: ["zz-admins"], event: .note(.groupAdded))
                #expect(try await house.ledger.subject(alice.id)?.isAdministrator == true)
                // The next push concerns another group, and finds the same.
                try await house.ledger.add(
                    .made("zzz", [alice.id]), administrators: ["zz-admins"], event: .note(.groupAdded))
                #expect(try await house.ledger.subject(alice.id)?.isAdministrator == true)
            }
        }
    }
}
