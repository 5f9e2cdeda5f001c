import Testing
import Tokens

@Suite("Texts that decide are compared by their bytes")
struct ExactTextTests {
    /// Pairs that Swift's `==` takes for the same.
    static let alike = [
        ("K", "\u{212A}"), ("é", "e\u{301}"), ("Å", "\u{212B}"), ("Ω", "\u{2126}"), (";", "\u{37E}"),
        ("`", "\u{1FEF}"), ("가", "\u{1100}\u{1161}"), ("a\u{323}\u{307}", "a\u{307}\u{323}"),
    ]

    @Test("what Swift takes for the same text is another", arguments: alike)
    func canonical(one: String, other: String) {
        #expect(one == other)
        #expect(!one.isExactly(other))
        #expect(one.isExactly(String(decoding: Array(one.utf8), as: UTF8.self)))
        #expect(ExactText(one) != ExactText(other))
        #expect(Set([one, other, one].map(ExactText.init)).count == 2)
        #expect([one, other, one].uniqued().count == 2)
        #expect(![other].containsExactly(one))
        #expect(![other].sharesAny(of: ["x", one]))
        #expect([other, one].sharesAny(of: ["x", one]))
    }

    @Test("a service admits the members of its groups, and of no group that looks alike", arguments: alike)
    func groups(one: String, other: String) throws {
        let service = Service(name: try ServiceName("git"), groups: ["\(one)admins"])
        func admits(_ group: String) throws -> Bool {
            service.admits(
                Subject(
                    id: SubjectID(number: 1), login: try Login("alice"), groups: ["staff", group],
                    createdAt: now))
        }
        #expect(try admits("\(one)admins"))
        #expect(try !admits("\(other)admins"))
    }
}
