import Desk
public import HTTPServer
import JSON
import Ledger
import Tokens

/// The administration API over the network, at `/api/v1/admin/…`, for administrators at a browser and for tokens with
/// `jeton:admin` or `jeton:audit`.
///
/// It has the operator's handlers for what both do, and lists in pages. What shows a secret, gives a token away or lets
/// somebody in is not here, see ``Desk``'s table of acts.
extension AdminAPI {
    public static let networkBase = TokensAPI.base + "/admin"

    public func addRoutes(to router: inout Router) {
        router.group(Self.networkBase, query: [], errors: Problem.response) { admin in
            add("GET", "/people", to: &admin, query: SubjectQuery.parameters(.person)) { request, _ in
                try await listPeoplePage(request)
            }
            addPeople(to: &admin, at: "/people")
            add("GET", "/accounts", to: &admin, query: SubjectQuery.parameters(.account)) { request, _ in
                try await listAccountsPage(request)
            }
            addAccounts(to: &admin)
            add("GET", "/tokens", to: &admin, query: TokenQuery.parameters) { request, _ in
                try await listInventory(request)
            }
            addTokens(to: &admin)
            addRequests(to: &admin)
            addPolicy(to: &admin)
            addSelections(to: &admin)
            addIncidents(to: &admin)
            addNotices(to: &admin)
            addState(to: &admin)
            addTrust(to: &admin)
        }
    }

    /// A page of people, as ``SubjectQuery/reading(_:_:at:)`` reads it.
    private func listPeoplePage(_ request: Request) async throws -> Response {
        let page = try await people.list(SubjectQuery.reading(request, .person, at: clock.now))
        let policy = try await tokens.signInPolicy()
        let now = clock.now
        return answer(
            ["people": .array(page.subjects.map { JSONValue($0, policy, at: now) })], next: page.next?.text,
            of: request)
    }

    /// A page of service accounts, likewise.
    private func listAccountsPage(_ request: Request) async throws -> Response {
        let page = try await people.list(SubjectQuery.reading(request, .account, at: clock.now))
        var listed: [JSONValue] = []
        for account in page.subjects { listed.append(try await accounts.json(account.subject)) }
        return answer(["accounts": .array(listed)], next: page.next?.text, of: request)
    }

    /// A page of the inventory, as ``TokenQuery/reading(_:in:)`` reads it.
    private func listInventory(_ request: Request) async throws -> Response {
        let query = try await TokenQuery.reading(request, in: inventory)
        let page = try await inventory.list(query)
        let policy = try await tokens.signInPolicy()
        return answer(
            ["tokens": .array(page.tokens.map { json($0, policy, at: query.now) })], next: page.next?.text,
            of: request)
    }
}
