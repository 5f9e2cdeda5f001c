public import Desk
import EventFormats
public import HTTPServer
import JSON
import Ledger
import Tokens

/// Events as JSON: `GET /api/v1/events`, for administrators and for programs that oversee.
public struct EventsAPI: Sendable {
    private let oversight: Oversight
    private let callers: CallerReader

    static let query = QueryNames(["after", "before", "limit", "format"] + EventFilter.names)

    public init(oversight: Oversight, callers: CallerReader) {
        self.oversight = oversight
        self.callers = callers
    }

    public func addRoutes(to router: inout Router) {
        router.group(TokensAPI.base, query: [], errors: Problem.response) { api in
            api.on("GET", "/events", query: Self.query) { request in
                _ = try await callers.auditor(of: request)
                return try await EventList(request, at: "\(TokensAPI.base)/events").response(oversight)
            }
        }
    }
}

/// A request for a page of events, by the API or by the operator.
struct EventList {
    private let filter: EventFilter
    private let order: EventQuery.Order
    private let limit: Int
    /// Whether the answer has a document on each line.
    private let isLines: Bool
    private let path: String

    static let defaultLimit = 100
    static let largest = 1000

    /// Throws a ``Problem`` for parameters that cannot be read.
    init(_ request: Request, at path: String) throws(Problem) {
        let items = request.queryItems
        filter = EventFilter(items.inOrder)
        self.path = path
        let (after, before) = (
            try Self.cursor(items["after"], "after"), try Self.cursor(items["before"], "before")
        )
        guard items["after"] == nil || items["before"] == nil else {
            throw .invalidQuery("before", "cannot be given together with after")
        }
        order = items["before"] == nil ? .oldestFirst(after: after) : .newestFirst(before: before)
        limit =
            try items["limit"].map { (text) throws(Problem) in
                guard let limit = Int(text), (1...Self.largest).contains(limit) else {
                    throw .invalidQuery("limit", "must be a number from 1 to \(Self.largest)")
                }
                return limit
            } ?? Self.defaultLimit
        switch items["format"] {
        case nil: isLines = request.headers["accept"]?.contains("application/x-ndjson") ?? false
        case "json": isLines = false
        case "jsonl": isLines = true
        default: throw .invalidQuery("format", "must be json or jsonl")
        }
    }

    /// A cursor; an empty one stands for the beginning.
    private static func cursor(_ text: String?, _ name: String) throws(Problem) -> EventID? {
        guard let text, !text.isEmpty else { return nil }
        guard let id = EventID(text) else {
            throw .invalidQuery(name, "must be a cursor of an answer, or the identifier of an event")
        }
        return id
    }

    func response(_ oversight: Oversight) async throws -> Response {
        let found: (events: [DescribedEvent], page: EventPage)
        do throws(DeskFault) {
            found = try await oversight.events(filter, order: order, limit: limit)
        } catch {
            guard case .invalid(let faults) = error, let first = faults.first else { throw error }
            throw Problem.invalidQuery(first.field, first.detail)
        }
        let documents = found.events.map { JSONValue($0) }
        var response =
            isLines
            ? Response(.jsonLines, documents.map { $0.text + "\n" }.joined())
            : Response(
                .json,
                JSONValue.object([
                    "events": .array(documents), "cursor": .optional(found.page.cursor?.text),
                    "at_end": .bool(found.page.isAtEnd),
                ]).text + "\n")
        response.headers["Cache-Control"] = "no-store"
        if let cursor = found.page.cursor {
            response.headers["Jeton-Cursor"] = cursor.text
            if !found.page.isAtEnd { response.headers["Link"] = "<\(link(to: cursor))>; rel=\"next\"" }
        }
        return response
    }

    /// The address of the next page.
    private func link(to cursor: EventID) -> String {
        let isNewestFirst = if case .newestFirst = order { true } else { false }
        var pairs = [(isNewestFirst ? "before" : "after", cursor.text), ("limit", "\(limit)")]
        if isLines { pairs.append(("format", "jsonl")) }
        pairs += filter.items.compactMap { item in item.value.map { (item.name, $0) } }
        return path + "?" + pairs.map { "\($0.0)=\($0.1.percentEncoded)" }.joined(separator: "&")
    }
}
