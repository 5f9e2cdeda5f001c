internal import JSON
import Ledger
import Tokens

/// Who a person is, by the provider's claims and the operator's names for them.
struct ClaimedPerson: Hashable, Sendable {
    let login: Login
    let name: String
    let email: String?
    let groups: [String]

    /// Whether any claim that could be used is not in `document`, so that asking for more is worth it.
    static func isIncomplete(_ document: JSONValue, names: ClaimNames) -> Bool {
        [names.login, names.name, names.email, names.groups].contains {
            value(named: $0, in: document) == nil
        }
    }

    /// Reads a person. Where the provider tells no login, the e-mail address stands in, whole: the part
    /// before the `@` would be another's as well as soon as there are two domains.
    init(_ document: JSONValue, names: ClaimNames) throws(OIDCFault) {
        email = Self.email(document, names: names)
        let told = Self.value(named: names.login, in: document)?.string ?? ""
        guard let text = told.isEmpty ? email : told else { throw .noLogin }
        do throws(TextFault) {
            login = try Login(text)
        } catch {
            throw .badLogin(error)
        }
        let claimed = Self.value(named: names.name, in: document)?.string
        name = claimed.flatMap { try? PersonName($0).text } ?? PersonName(standingFor: login).text
        groups = Self.groups(Self.value(named: names.groups, in: document))
    }

    /// Nothing where the provider says that nobody has verified the address: services go by it.
    private static func email(_ document: JSONValue, names: ClaimNames) -> String? {
        guard document["email_verified"] != false, document["email_verified"] != "false" else { return nil }
        return value(named: names.email, in: document)?.string.flatMap { try? EmailAddress($0).text }
    }

    private static func groups(_ value: JSONValue?) -> [String] {
        let texts = value?.array?.compactMap(\.string) ?? value?.string.map { [$0] } ?? []
        return Array(texts.filter(GroupName.isTold).uniqued().prefix(GroupName.limit))
    }

    /// The claim of that name; where there is none, `a.b` is the member `b` of the claim `a`, as
    /// Keycloak's `realm_access.roles`.
    private static func value(named name: String, in document: JSONValue) -> JSONValue? {
        if let value = document[name] { return value == .null ? nil : value }
        guard let dot = name.firstIndex(of: "."), let outer = document[String(name[..<dot])] else {
            return nil
        }
        return value(named: String(name[name.index(after: dot)...]), in: outer)
    }
}
