/// A response: status, header fields and a body in memory.
public struct Response: Hashable, Sendable {
    /// The status code (RFC 9110, section 15).
    public var status: Int
    /// The header fields. `Content-Length`, `Date` and `Connection` are the server's.
    public var headers: Headers
    /// The body; the server omits it in response to HEAD.
    public var body: [UInt8]
    /// Details for the request log. They are not sent, and `==` ignores them.
    public var note = LogNote()

    public init(status: Int, headers: Headers = [:], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    public static func == (one: Response, other: Response) -> Bool {
        one.status == other.status && one.headers == other.headers && one.body == other.body
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(status)
        hasher.combine(headers)
        hasher.combine(body)
    }

    /// A response with a text of a media type.
    public init(status: Int = 200, _ type: MediaType, _ text: String, headers: Headers = [:]) {
        self.init(status: status, headers: headers, body: Array(text.utf8))
        self.headers["Content-Type"] = type.rawValue
    }

    /// `303 See Other`, which the client follows with GET: the response to a form.
    public static func seeOther(_ location: String) -> Response {
        Response(status: 303, headers: ["Location": location])
    }

    /// The media types of responses.
    public enum MediaType: String, Sendable {
        case plain = "text/plain; charset=utf-8"
        case html = "text/html; charset=utf-8"
        case csv = "text/csv; charset=utf-8"
        case css = "text/css; charset=utf-8"
        case javaScript = "text/javascript; charset=utf-8"
        case svg = "image/svg+xml"
        case json = "application/json"
        /// A JSON document on each line.
        case jsonLines = "application/x-ndjson"
        case problem = "application/problem+json"
        case scim = "application/scim+json"
    }
}
