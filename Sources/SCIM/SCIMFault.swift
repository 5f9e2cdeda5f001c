import HTTPServer
import JSON
import Ledger

/// Why a SCIM request was not done, in the protocol's own words (RFC 7644, section 3.12).
struct SCIMFault: Error, Hashable, Sendable {
    /// The kinds of error that the protocol has names for.
    enum Kind: String, Sendable {
        case invalidFilter, uniqueness, mutability, invalidSyntax, invalidPath, noTarget
        case invalidValue, tooMany
    }

    let status: Int
    var kind: Kind?
    /// What is wrong this time and what to do. It never holds a value that was sent.
    let detail: String
    var headers: Headers = [:]

    init(status: Int, _ kind: Kind, _ detail: String) {
        self.status = status
        self.kind = kind
        self.detail = detail
    }

    /// A fault that the protocol has no name for beside the status.
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
        if let kind { members["scimType"] = .string(kind.rawValue) }
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
    static let notFound = SCIMFault(status: 404, "there is nothing at this address")
    static func noSuch(_ kind: ResourceKind) -> SCIMFault {
        SCIMFault(status: 404, "there is no such \(kind.name.lowercased())")
    }
    static let preconditionFailed = SCIMFault(
        status: 412, "this was changed since the version that If-Match names: read it again")
    /// What the ledger failed at.
    init(_ error: LedgerError) {
        let sentence =
            if case .uncertain = error {
                "the database went away, and the change may have been made or not: read it again in a moment"
            } else {
                "the ledger failed and nothing was changed: try again in a moment"
            }
        self.init(status: 503, sentence, headers: ["Retry-After": "5"])
    }
}

extension Response {
    /// An answer in SCIM's own media type (RFC 7644, section 8.1).
    static func scim(_ body: JSONValue, status: Int = 200) -> Response {
        var response = Response(status: status, .scim, body.text + "\n")
        response.headers["Cache-Control"] = "no-store"
        return response
    }
}
