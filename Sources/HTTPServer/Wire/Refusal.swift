/// Why the server refuses a request before the application sees it.
enum Refusal: Error {
    case tooLarge, tooManyFields, bodyTooLarge(limit: Int), malformed(String), stopping, crowded

    /// The response. It carries a reason as the gate's denials do, because proxies pass on such responses.
    var response: Response {
        var response = Response(status: status, .plain, sentence + "\n")
        response.headers.add("X-Jeton-Reason", reason)
        response.headers.add("X-Jeton-Message", sentence)
        response.note.reason = reason
        if status == 503 { response.headers.add("Retry-After", "1") }
        return response
    }

    private var status: Int {
        switch self {
        case .tooLarge, .tooManyFields: 431
        case .bodyTooLarge: 413
        case .malformed: 400
        case .crowded, .stopping: 503
        }
    }

    private var reason: String {
        switch self {
        case .tooLarge, .tooManyFields: "head_too_large"
        case .bodyTooLarge: "body_too_large"
        case .malformed: "malformed_request"
        case .crowded: "busy"
        case .stopping: "stopping"
        }
    }

    private var sentence: String {
        switch self {
        case .tooLarge: "the request's headers are too large"
        case .tooManyFields: "the request has more than \(RequestHead.fieldLimit) header fields"
        case .bodyTooLarge(let limit): "the request's body has more than \(limit) bytes"
        case .malformed(let text): text
        case .crowded: "the server is busy: try again in a moment"
        case .stopping: "the server is stopping"
        }
    }
}
