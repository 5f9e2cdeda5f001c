extension Router {
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
}
