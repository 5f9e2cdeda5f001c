import HTTPServer
import JSON
import Tokens

/// The page of a list that a request asks for: at most `limit` elements, those that come after the cursor `after`.
struct ListPage {
    let limit: Int
    let after: String?

    /// The most elements where the request says nothing.
    static let usual = 50
    static let largest = 500

    /// Throws a ``Problem`` where `limit` is not a number in range.
    init(_ request: Request) throws(Problem) {
        after = request.queryItems["after"]
        guard let text = request.queryItems["limit"] else {
            limit = Self.usual
            return
        }
        guard let limit = Int(text), (1...Self.largest).contains(limit) else {
            throw .invalidQuery("limit", "must be a whole number from 1 to \(Self.largest)")
        }
        self.limit = limit
    }
}

extension AdminAPI {
    /// A page of a list, with the cursor for the next page: as `next`, and as a link (RFC 8288).
    func answer(_ body: JSONValue, next: String?, of request: Request) -> Response {
        var response = Self.answer(body.with(["next": .optional(next)]))
        guard let next else { return response }
        let others = request.queryItems.inOrder.filter { $0.name != "after" }
        let query = (others + [("after", next)])
            .map { "\($0.name.percentEncoded)=\($0.value.percentEncoded)" }.joined(separator: "&")
        response.headers["Link"] = "<\(request.path)?\(query)>; rel=\"next\""
        return response
    }
}
