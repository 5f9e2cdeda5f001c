import JSON
import Ledger
import Testing
import Tokens

@testable import SCIM

@Suite("Texts of JSON are compared by their bytes")
struct ExactJSONTests {
    @Test("values, members and their names")
    func equality() throws {
        #expect(JSONValue.string("K") != "\u{212A}")
        #expect(JSONValue.array(["K"]) != ["\u{212A}"])
        #expect(JSONValue.object(["K": 1]) != ["\u{212A}": 1])
        #expect(
            JSONValue.object(["a": "K", "b": [1, .number(2.5)]]) == ["b": [1, .number(2.5)], "a": "K"])
        #expect(JSONValue.object(["\u{212A}": 1])["K"] == nil)
        #expect(Set<JSONValue>(["K", "\u{212A}", ["a": 1], ["a": 1]]).count == 3)
    }

    @Test("an external name is found exactly, a name in whichever case and form")
    func filters() throws {
        func finds(_ filter: String, _ members: [String: JSONValue]) throws -> Bool {
            var budget = WorkBudget()
            return try FilterParser.filter(filter, in: .user)
                .matches(members, ResourceKind.user.attributes, &budget)
        }
        #expect(try finds(#"externalId eq "K1""#, ["externalId": "K1"]))
        #expect(try !finds(#"externalId eq "K1""#, ["externalId": "\u{212A}1"]))
        #expect(try finds(#"externalId ne "K1""#, ["externalId": "\u{212A}1"]))
        #expect(try finds("userName eq \"Zoe\u{308}\"", ["userName": "ZOË"]))
        #expect(try !finds(#"userName ne "kim""#, ["userName": "\u{212A}im"]))
    }
}
