import Ledger
import SignIn
import Testing
import Tokens

@testable import DeskPages

@Suite("Logins that count as one since an upgrade")
struct PagesSharedLoginsTests {
    @Test("are named to administrators on People, as they are spelled, and only where there are such")
    func notice() throws {
        let now = Timestamp(seconds: 1_769_846_400)
        let people = try ["kim", "\u{212A}im", "<bob>"].enumerated().map { number, login in
            Subject(id: SubjectID(number: Int64(number + 1)), login: try Login(login), createdAt: now)
        }
        func page(_ sharing: [Subject]) -> String {
            PeoplePage(
                people: people.map { ListedSubject(subject: $0, lastSignIn: nil, tokens: 0, lastUse: nil) },
                sharing: sharing, now: now, reader: people[0].id,
                proof: FormProof(field: "csrf", value: "proof")
            ).content.markup
        }
        #expect(
            page(people).contains(
                "Since an upgrade, these logins are treated as the same: "
                    + "<strong>kim · \u{212A}im · &lt;bob&gt;</strong>. Each works only as spelled here."
            ))
        #expect(!page([]).contains("treated as the same"))
    }
}
