import JSON
import Ledger
import ProviderKit
import TestHouse
import Testing
import Tokens

@testable import SignIn

@Suite("A person in more groups than are stored", .timeLimit(.minutes(5)))
struct ManyGroupsTests {
    /// A claim in which `last` comes after more groups than are stored.
    private static func claim(_ last: String...) -> JSONValue {
        .array((0..<GroupName.limit + 100).map { .string("g\($0)") } + last.map { .string($0) })
    }

    @Test("is allowed by any of them, and refused only where none of them is allowed")
    func allowed() async throws {
        for (group, isIn) in [("staff", true), ("guests", false)] {
            try await withTrip {
                $0.allowedGroups = ["staff"]
            } _: { (trip: Trip) async throws in
                trip.provider.behave { $0.claims = ["groups": Self.claim(group)] }
                if isIn { try await trip.go() } else { #expect(try await trip.refusal() == .notAllowed) }
            }
        }
    }

    @Test("administers by any of them, at the first sign-in and at the next")
    func administrators() async throws {
        try await withTrip {
            $0.adminGroups = ["desk-admins"]
        } _: { (trip: Trip) async throws in
            trip.provider.behave { $0.claims = ["groups": Self.claim("desk-admins")] }
            for _ in 0..<2 {
                let subject = try await trip.go().subject
                #expect(subject.isAdministrator)
                #expect(subject.groups.count == GroupName.limit)
            }
            trip.provider.behave { $0.claims = ["groups": Self.claim("others")] }
            #expect(try await trip.go().subject.isAdministrator == false)
        }
    }

    @Test("keeps those that the configuration names, in any order of the claim")
    func named() async throws {
        try await withTrip {
            $0.namedGroups = ["ops", "zz"]
        } _: { (trip: Trip) async throws in
            trip.provider.behave { $0.claims = ["groups": Self.claim("ops", "zz")] }
            let first = try await trip.go().subject.groups
            #expect(first.prefix(3) == ["ops", "zz", "g0"])
            #expect(first.count == GroupName.limit)
            guard case .array(let groups) = Self.claim("ops", "zz") else { return }
            trip.provider.behave { $0.claims = ["groups": .array(groups.reversed())] }
            #expect(Set(try await trip.go().subject.groups) == Set(first))
        }
    }

    @Test("is in no group whose name only looks like a configured one")
    func lookalike() async throws {
        try await withTrip {
            $0.adminGroups = ["Kadmins"]
            $0.allowedGroups = ["staff"]
        } _: { (trip: Trip) async throws in
            trip.provider.behave { $0.claims = ["groups": ["\u{212A}admins", "staff"]] }
            #expect(try await trip.go().subject.isAdministrator == false)
            // And such a group does not hide the real one.
            trip.provider.behave { $0.claims = ["groups": ["\u{212A}admins", "Kadmins", "staff"]] }
            #expect(try await trip.go().subject.isAdministrator == true)
        }
    }
}
