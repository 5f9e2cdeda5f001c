import Desk
import HTTPServer
import Ledger

/// The parameters of a list of tokens in the administration API. They are those of the inventory's page, see
/// ``TokenFilter``, so that the query of one works at the other.
extension TokenQuery {
    /// The names that the list takes.
    static let parameters = QueryNames(TokenFilter.Field.allCases.map(\.rawValue) + ["limit"])

    /// The names that the operator's list takes, which is not in pages.
    static let operatorsParameters = QueryNames(TokenFilter.Field.allCases.map(\.rawValue) + ["all", "user"])

    /// What a request asks for. Throws a ``Problem`` that names each parameter with a fault.
    static func reading(_ request: Request, in inventory: Inventory) async throws -> TokenQuery {
        let page = try ListPage(request)
        do throws(DeskFault) {
            return try await inventory.query(
                TokenFilter(request.queryItems.inOrder), limit: page.limit)
        } catch {
            guard case .invalid(let faults) = error else { throw error }
            throw Problem.invalidQuery(faults)
        }
    }
}

extension Problem {
    /// The refusal of a query with several faults.
    static func invalidQuery(_ faults: [FieldFault]) -> Problem {
        let sentences = faults.map { $0.sentence(calling: $0.field) }.joined(separator: "; ")
        var problem = badRequest("invalid-query", "Invalid query", "\(sentences).")
        problem.faults = faults
        return problem
    }
}
