import HTTPServer
import JSON

extension Request {
    /// The members of the JSON object in the body.
    var members: [String: JSONValue] {
        get throws(SCIMFault) {
            let value: JSONValue
            do throws(JSONFault) {
                value = try JSONValue(parsing: body)
            } catch {
                throw .invalidSyntax("the body is not JSON at \(error)")
            }
            guard case .object(let members) = value else {
                throw .invalidSyntax("the body must be an object, but is \(value.kind)")
            }
            return members
        }
    }

    /// Throws ``SCIMFault/preconditionFailed`` if `If-Match` names other versions only (RFC 9110, section
    /// 13.1.1). Weak tags match, since there are no others.
    func mustMatch(_ version: String) throws(SCIMFault) {
        guard let tags = headers["if-match"], !Self.names(version, in: tags) else { return }
        throw .preconditionFailed
    }

    /// Whether `If-None-Match` names that version (RFC 9110, section 13.1.2).
    func hasAlready(_ version: String) -> Bool {
        headers["if-none-match"].map { Self.names(version, in: $0) } ?? false
    }

    private static func names(_ version: String, in tags: String) -> Bool {
        tags.split(separator: ",").contains { tag in
            let tag = tag.filter { $0 != " " }
            return tag == "*" || strong(tag) == strong(version)
        }
    }

    private static func strong(_ tag: String) -> Substring {
        tag.hasPrefix("W/") ? tag.dropFirst(2) : tag[...]
    }
}

extension Response {
    /// A resource with its version as `ETag`; 304 where the client has it already.
    static func resource(
        _ members: [String: JSONValue], _ kind: ResourceKind, version: String, _ selection: Selection,
        for request: Request
    ) -> Response {
        if request.method == "GET" || request.method == "HEAD", request.hasAlready(version) {
            return Response(status: 304, headers: ["ETag": version, "Cache-Control": "no-store"])
        }
        var response = Response.scim(.object(selection.applied(to: members, kind)))
        response.headers["ETag"] = version
        return response
    }

    /// This response as 201 for a resource created at `location`.
    func created(at location: String) -> Response {
        var response = self
        response.status = 201
        response.headers["Location"] = location
        return response
    }
}

/// Retries `body` until it returns a value: it returns `nil` where another change came first.
func untilUnchanged<Value>(_ body: () async throws -> Value?) async throws -> Value {
    for _ in 0..<10 {
        if let value = try await body() { return value }
    }
    throw SCIMFault(
        status: 503,
        "other requests are changing the same resource, and nothing was changed: try again in a moment",
        headers: ["Retry-After": "1"])
}
