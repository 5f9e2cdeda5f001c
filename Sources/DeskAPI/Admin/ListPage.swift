import HTTPServer
import JSON
import Tokens

/// The page of a list that a request asks for: at most `limit` elements, those that come after the cursor `after`.
struct ListPage {
    /// The most elements; `nil` for all.
    let limit: Int?
    let after: String?

    /// The most elements where the request says nothing.
    static let usual = 50
    static let largest = 500

    /// Throws a ``Problem`` where `limit` is not a number in range.
    init(_ request: Request, otherwise: Int? = usual) throws(Problem) {
        after = request.queryItems["after"]
        guard let text = request.queryItems["limit"] else {
            limit = otherwise
            return
        }
        guard let limit = Int(text), (1...Self.largest).contains(limit) else {
            throw .invalidQuery("limit", "must be a whole number from 1 to \(Self.largest)")
        }
        self.limit = limit
    }

    /// The page of a list that is ordered by `key`, by bytes, and the cursor for the next one.
    func part<Element>(of all: [Element], by key: (Element) -> String) -> (shown: [Element], next: String?) {
        let rest = after.map { after in
            all.filter { key($0).utf8.lexicographicallyPrecedes(after.utf8) == false && key($0) != after }
        }
        guard let limit, limit < (rest ?? all).count else { return (rest ?? all, nil) }
        let shown = Array((rest ?? all).prefix(limit))
        return (shown, shown.last.map(key))
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
