import HTTPServer
import JSON
import Ledger

/// An error response of SCIM (RFC 7644, section 3.12).
struct SCIMFault: Error, Hashable, Sendable {
    /// `scimType`: the errors that the protocol names.
    enum ErrorType: String, Sendable {
        case invalidFilter, uniqueness, mutability, invalidSyntax, invalidPath, noTarget
        case invalidValue, tooMany
    }

    let status: Int
    var type: ErrorType?
    /// What is wrong and what to do. Never contains a value from the request.
    let detail: String
    var headers: Headers = [:]

    init(status: Int, _ type: ErrorType, _ detail: String) {
        self.status = status
        self.type = type
        self.detail = detail
    }

    /// An error without a `scimType`.
    init(status: Int, _ detail: String, headers: Headers = [:]) {
        self.status = status
        self.detail = detail
        self.headers = headers
    }

    var response: Response {
        var members: [String: JSONValue] = [
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": .string("\(status)"),
            "detail": .string("\(detail)."),
        ]
        if let type { members["scimType"] = .string(type.rawValue) }
        var response = Response.scim(.object(members), status: status)
        for field in headers.fields { response.headers[field.name] = field.value }
        response.note.reason = headers["X-Jeton-Reason"]
        return response
    }
}

extension SCIMFault {
    static func invalidValue(_ detail: String) -> SCIMFault { SCIMFault(status: 400, .invalidValue, detail) }
    static func invalidFilter(_ detail: String) -> SCIMFault {
        SCIMFault(status: 400, .invalidFilter, detail)
    }
    static func invalidPath(_ detail: String) -> SCIMFault { SCIMFault(status: 400, .invalidPath, detail) }
    static func invalidSyntax(_ detail: String) -> SCIMFault {
        SCIMFault(status: 400, .invalidSyntax, detail)
    }
    static func mutability(_ name: String) -> SCIMFault {
        SCIMFault(status: 400, .mutability, "\(name) cannot be changed here")
    }
    static let keptForAccounts = invalidValue(
        "userName: logins like this one are kept for service accounts: choose another")
    static let notFound = SCIMFault(status: 404, "there is nothing at this address")
    static func noSuch(_ kind: ResourceKind) -> SCIMFault {
        SCIMFault(status: 404, "there is no such \(kind.name.lowercased())")
    }
    static let preconditionFailed = SCIMFault(
        status: 412, "this resource has changed since the version in If-Match: read it again")

    /// A failure of the ledger.
    init(_ error: LedgerError) {
        let sentence =
            if case .uncertain = error {
                "the connection to the database was lost, and the change may or may not have been made: read "
                    + "the resource again in a moment"
            } else {
                "the ledger failed and nothing was changed: try again in a moment"
            }
        self.init(status: 503, sentence, headers: ["Retry-After": "5"])
    }
}

extension Response {
    /// A response in SCIM's media type (RFC 7644, section 8.1).
    static func scim(_ body: JSONValue, status: Int = 200) -> Response {
        var response = Response(status: status, .scim, body.text + "\n")
        response.headers["Cache-Control"] = "no-store"
        return response
    }
}
