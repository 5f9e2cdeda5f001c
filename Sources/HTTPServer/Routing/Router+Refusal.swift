extension Router {
    /// Why the router refuses a request.
    public enum Refusal: Hashable, Sendable {
        /// 404.
        case notFound
        /// 405, with the methods of the path's routes.
        case methodNotAllowed(allow: [String])
        /// 413.
        case bodyTooLarge(limit: Int)
        /// 400, for a form or a query.
        case tooManyPairs(limit: Int)
        /// 400, with the route's own parameters.
        case unknownParameter(String, known: [String])

        public var status: Int {
            switch self {
            case .notFound: 404
            case .methodNotAllowed: 405
            case .bodyTooLarge: 413
            case .tooManyPairs, .unknownParameter: 400
            }
        }

        /// The text for people, without a full stop.
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
}
