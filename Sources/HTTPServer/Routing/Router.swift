internal import Tokens

/// A piece of a path that a route takes as a value.
public protocol PathParameter: Sendable {
    /// The value that a percent-decoded segment spells, or `nil`, which is answered with 404.
    init?(pathSegment: String)
}

extension String: PathParameter {
    public init?(pathSegment: String) { self = pathSegment }
}

/// Finds the handler of a request by its path and method.
///
/// ```swift
/// var router = Router()
/// router.on("GET", "/tokens/{id}") { (request, id: TokenID) in … }
/// ```
///
/// A path that no route has is 404; a method that no route of the path has is 405 with `Allow`
/// (RFC 9110, section 15.5.6). HEAD is answered by GET's handler; the server drops the body.
public struct Router: Sendable {
    /// Answers a request that may wait: it runs off the threads that do the input and output.
    public typealias Handler = @Sendable (Request) async throws -> Response

    /// A pattern with its method, as it was registered.
    public struct Route: Hashable, Sendable {
        /// The method.
        public let method: String
        /// The pattern, with `{name}` in place of each parameter.
        public let pattern: String
    }

    private struct Entry: Sendable {
        let route: Route
        let limits: RouteLimits
        let query: QueryNames?
        let isUrgent: Bool
        let segments: [Segment]
        let handler: @Sendable (Request, [String]) async throws -> Response?

        init(
            route: Route, limits: RouteLimits, query: QueryNames?, isUrgent: Bool,
            handler: @escaping @Sendable (Request, [String]) async throws -> Response?
        ) {
            self.route = route
            self.limits = limits
            self.query = query
            self.isUrgent = isUrgent
            self.handler = handler
            segments =
                PathSegments(Array(route.pattern.utf8), most: .max).map { segments in
                    segments.all.map { range in
                        let bytes = segments.bytes[range]
                        return bytes.first == UInt8(ascii: "{") ? .parameter : .literal(Array(bytes))
                    }
                } ?? []
        }

        func fits(_ path: PathSegments) -> Bool {
            guard path.all.count == segments.count else { return false }
            for (segment, range) in zip(segments, path.all) {
                switch segment {
                case .parameter: if range.isEmpty { return false }
                case .literal(let bytes): if !path.bytes[range].elementsEqual(bytes) { return false }
                }
            }
            return true
        }

        /// The percent-decoded parameters of a path that fits.
        func parameters(of path: PathSegments) -> [String] {
            zip(segments, path.all).compactMap { segment, range in
                segment == .parameter ? percentDecoded(path.bytes.span.extracting(range)) : nil
            }
        }
    }

    private enum Segment: Hashable {
        case literal([UInt8])
        case parameter
    }

    /// What is between a path's slashes, where there are not more of these than any route has.
    private struct PathSegments {
        let bytes: [UInt8]
        let all: [Range<Int>]

        init?(_ bytes: [UInt8], most: Int) {
            var all: [Range<Int>] = []
            var start = 0
            while true {
                let end = bytes.span.firstIndex(of: UInt8(ascii: "/"), from: start) ?? bytes.count
                all.append(start..<end)
                if end == bytes.count { break }
                guard all.count < most else { return nil }
                start = end + 1
            }
            self.bytes = bytes
            self.all = all
        }
    }

    private var entries: [Entry] = []
    private var mostSegments = 0
    private let refuse: @Sendable (Request, Refusal) -> Response
    private let usualQuery: QueryNames?

    /// Why no handler was found.
    public enum Refusal: Hashable, Sendable {
        /// No route has this path: 404.
        case notFound
        /// The path's routes have only these methods: 405.
        case methodNotAllowed(allow: [String])
        /// The route takes no body of more bytes: 413.
        case bodyTooLarge(limit: Int)
        /// The route takes no form, and none takes a query, of more pairs: 400.
        case tooManyPairs(limit: Int)
        /// The route knows no query parameter of this name, and these: 400.
        case unknownParameter(String, known: [String])

        /// The status of the answer.
        public var status: Int {
            switch self {
            case .notFound: 404
            case .methodNotAllowed: 405
            case .bodyTooLarge: 413
            case .tooManyPairs, .unknownParameter: 400
            }
        }

        /// What is wrong and what would be right, without a full stop.
        public var sentence: String {
            switch self {
            case .notFound: "there is nothing at this address"
            case .methodNotAllowed(let allow): "this address takes only \(allow.joined(separator: ", "))"
            case .bodyTooLarge(let limit): "the request's body has more than \(limit) bytes"
            case .tooManyPairs(let limit): "the request has more than \(limit) parameters"
            case .unknownParameter(let name, let known):
                "\(name) is no parameter here: "
                    + (known.isEmpty ? "this address takes none" : "use \(known.joined(separator: ", "))")
            }
        }
    }

    /// A router without routes. `refuse` words the answers where there is no handler; the status and
    /// `Allow` are set by the router. `usualQuery` is what routes take that say nothing of their queries.
    public init(
        usualQuery: QueryNames? = nil,
        refuse: @escaping @Sendable (Request, Refusal) -> Response = Router.plainRefusal
    ) {
        self.usualQuery = usualQuery
        self.refuse = refuse
    }

    /// One line of text.
    public static func plainRefusal(_ request: Request, _ refusal: Refusal) -> Response {
        Response(status: refusal.status, .plain, "\(refusal.sentence)\n")
    }

    /// The routes in the order of registration.
    public var routes: [Route] { entries.map(\.route) }

    /// Adds a route. The pattern has as many `{name}` segments as the handler takes values. Requests that bring
    /// more than `limits`, or another query parameter than `query` names where it is given, are refused. One that
    /// is `urgent` is served on threads of its own, whatever else there is to do: so what it does for strangers
    /// must be little.
    public mutating func on<each Value: PathParameter>(
        _ method: String, _ pattern: String, limits: RouteLimits = .usual, query: QueryNames? = nil,
        urgent: Bool = false,
        handler: @escaping @Sendable (Request, repeat each Value) async throws -> Response
    ) {
        insert(
            Entry(
                route: Route(method: method, pattern: pattern), limits: limits, query: query ?? usualQuery,
                isUrgent: urgent
            ) { request, values in
                var rest = values[...]
                func next<V: PathParameter>(_: V.Type) throws -> V {
                    guard let text = rest.popFirst(), let value = V(pathSegment: text) else {
                        throw NoSuchValue()
                    }
                    return value
                }
                let parsed: (repeat each Value)
                do {
                    parsed = (repeat try next((each Value).self))
                } catch is NoSuchValue {
                    return nil
                }
                return try await handler(request, repeat each parsed)
            })
    }

    private mutating func insert(_ entry: Entry) {
        entries.append(entry)
        mostSegments = max(mostSegments, entry.segments.count)
    }

    /// Adds all routes of another router.
    public mutating func add(_ other: Router) {
        for entry in other.entries { insert(entry) }
    }

    /// What is known of a request by its first line; `nil` where no route answers it.
    func course(method: Span<UInt8>, path: Span<UInt8>) -> Course? {
        guard let path = PathSegments(path.copied, most: mostSegments) else { return nil }
        let method = method.isExactly("HEAD") ? "GET" : method.text
        return entries.first { $0.route.method == method && $0.fits(path) }
            .map { Course(limits: $0.limits, isUrgent: $0.isUrgent) }
    }

    /// How a request is received and served.
    struct Course: Hashable {
        let limits: RouteLimits
        let isUrgent: Bool
    }

    /// Answers `request` by its handler, or says why there is none.
    public func respond(to request: Request) async throws -> Response {
        let path = PathSegments(Array(request.path.utf8), most: mostSegments)
        let fitting = path.map { path in entries.filter { $0.fits(path) } } ?? []
        let method = request.method == "HEAD" ? "GET" : request.method
        for entry in fitting where entry.route.method == method {
            if let refusal = entry.limits.refusal(of: request) { return refused(request, refusal) }
            if let refusal = entry.query?.refusal(of: request) { return refused(request, refusal) }
            guard let path else { break }
            if let response = try await entry.handler(request, entry.parameters(of: path)) {
                return response
            }
        }
        if fitting.isEmpty || fitting.contains(where: { $0.route.method == method }) {
            return refused(request, .notFound)
        }
        let methods = Set(fitting.map(\.route.method))
        let allow = methods.union(methods.contains("GET") ? ["HEAD"] : []).sorted()
        var response = refused(request, .methodNotAllowed(allow: allow))
        response.headers["Allow"] = allow.joined(separator: ", ")
        return response
    }

    private func refused(_ request: Request, _ refusal: Refusal) -> Response {
        var response = refuse(request, refusal)
        response.status = refusal.status
        return response
    }
}

/// A path segment that spells no value of the route's type.
private struct NoSuchValue: Error {}
