import Desk
public import HTTPServer
import JSON
import Ledger
import Tokens

/// An error response of the API: a problem detail (RFC 9457).
public struct Problem: Error, Hashable, Sendable {
    public let status: Int
    /// The last part of its type, `urn:jeton:problem:KIND`.
    let kind: String
    /// The kind for people; the same for every problem of a kind.
    let title: String
    /// What is wrong this time, and what to do.
    let detail: String
    var faults: [FieldFault] = []
    /// Header fields that the status requires.
    var headers: Headers = [:]

    public var response: Response {
        var members: [String: JSONValue] = [
            "type": .string("urn:jeton:problem:\(kind)"), "title": .string(title),
            "status": .integer(Int64(status)), "detail": .string(detail),
        ]
        if !faults.isEmpty {
            members["errors"] = .array(
                faults.map { ["field": .string($0.field), "detail": .string($0.detail)] })
        }
        var response = Response(
            status: status, .problem, JSONValue.object(members).text + "\n", headers: headers)
        response.headers["Cache-Control"] = "no-store"
        response.note.reason = headers["X-Jeton-Reason"]
        return response
    }
}

extension Problem {
    static func badRequest(_ kind: String, _ title: String, _ detail: String) -> Problem {
        Problem(status: 400, kind: kind, title: title, detail: detail)
    }

    static func invalidQuery(_ name: String, _ detail: String) -> Problem {
        var problem = badRequest("invalid-query", "Invalid query", "\(name) \(detail).")
        problem.faults = [FieldFault(name, detail)]
        return problem
    }

    static let notFound = Problem(
        status: 404, kind: "not-found", title: "Not found", detail: "There is nothing at this address.")

    static let previousSecret = Problem.unauthorized(.previousSecret, desk: "")

    static let noPreviousSecret = Problem(
        status: 404, kind: "no-previous-secret", title: "No previous secret",
        detail: "No previous secret of this token works.")

    static let noSuchToken = Problem(
        status: 404, kind: "no-such-token", title: "No such token",
        detail: "You have no token with this id.")

    /// 404 for a service account, also for one that the caller is no steward of.
    static let noSuchAccount = Problem(
        status: 404, kind: "no-such-account", title: "There is no such service account",
        detail: "There is no such service account, or you are not one of its stewards.")

    static func noSuchPerson(_ detail: String) -> Problem {
        Problem(status: 404, kind: "no-such-person", title: "No such person", detail: detail)
    }

    static func invalid(_ faults: [FieldFault]) -> Problem {
        let detail = faults.map { $0.sentence(calling: $0.field) }.joined(separator: "; ")
        return Problem(
            status: 422, kind: "invalid-fields", title: "Invalid fields", detail: "\(detail).",
            faults: faults)
    }

    static func forbidden(_ detail: String) -> Problem {
        Problem(
            status: 403, kind: "forbidden", title: "Not allowed", detail: detail,
            headers: ["X-Jeton-Reason": Denial.insufficientScope.reason])
    }

    /// The refusal of a caller without a token that is accepted: 401, or 403 if the token will be accepted again or
    /// in another place.
    static func unauthorized(
        _ denial: Denial, desk: String, address: IPAddress? = nil, rule: BrokenRule? = nil
    ) -> Problem {
        let sentence = denial.sentence(
            service: "the token desk", access: .read, desk: desk, address: address, rule: rule)
        // RFC 6750, section 3.1: no error code where no credentials were sent.
        let error = denial == .noCredentials ? "" : ", error=\"invalid_token\""
        var headers: Headers = ["X-Jeton-Reason": denial.reason]
        if denial.status == 401 { headers["WWW-Authenticate"] = "Bearer realm=\"Jeton\"\(error)" }
        if let wait = denial.retryAfter { headers["Retry-After"] = String(wait.seconds) }
        return Problem(
            status: denial.status, kind: denial.reason.replacing("_", with: "-"),
            title: title(of: denial),
            detail: "\(sentence.prefix(1).uppercased())\(sentence.dropFirst()).", headers: headers)
    }

    private static func title(of denial: Denial) -> String {
        switch denial.status {
        case 403: "Not allowed"
        case 503: "Not ready"
        default: "Not signed in"
        }
    }

    init(_ fault: DeskFault) {
        switch fault {
        case .invalid(let faults): self = .invalid(faults)
        case .forbidden(let reason): self = .forbidden(reason)
        case .noSuchToken: self = .noSuchToken
        case .noSuchAccount: self = .noSuchAccount
        case .personRemoved:
            self.init(
                status: 409, kind: "person-removed", title: "The person was removed",
                detail: fault.description)
        case .noSuchPerson: self = .noSuchPerson("There is no such person.")
        case .notActive:
            self.init(
                status: 409, kind: "not-live", title: "The token is not active",
                detail: fault.words)
        case .beingRotated:
            self.init(
                status: 409, kind: "being-rotated", title: "The token is being rotated",
                detail: fault.words)
        case .needsApproval(let approvers): self = .needsApproval(approvers)
        case .noSuchRequest: self = .noSuchRequest
        case .noSuchRule: self = .noSuchRule
        case .requestSettled(let sentence):
            self.init(
                status: 409, kind: "request-settled", title: "The request cannot be changed so",
                detail: sentence)
        case .noSuchSelection:
            self.init(
                status: 404, kind: "no-such-selection", title: "No such selection", detail: fault.words)
        case .noSuchIncident:
            self.init(status: 404, kind: "no-such-incident", title: "No such incident", detail: fault.words)
        case .incidentHasPauses:
            self.init(
                status: 409, kind: "incident-has-pauses", title: "The incident still pauses tokens",
                detail: fault.words)
        case .ledger(let error): self.init(error)
        }
    }

    init(_ error: LedgerError) {
        if case .uncertain = error {
            self.init(
                status: 503, kind: "outcome-unknown", title: "The outcome is unknown",
                detail:
                    "The connection to the database was lost. Check whether the change was made before you repeat "
                    + "it; the server's log has the reason.")
            return
        }
        self.init(
            status: 503, kind: "ledger-failed", title: "The ledger failed",
            detail: "Nothing was changed. Try again in a moment; the server's log has the reason.",
            headers: ["Retry-After": "5"])
    }

    /// The response to an error of a handler. Throws a ``Failure`` where the ledger failed, so that the reason is logged.
    static func response(to error: any Error, _ request: Request) throws -> Response {
        switch error {
        case let problem as Problem: return problem.response
        case DeskFault.ledger(let error), let error as LedgerError:
            throw Failure(Problem(error).response, reason: error.description)
        case let fault as DeskFault: return Problem(fault).response
        default: throw error
        }
    }

    /// The response where no route matches.
    public static func refusal(_ refusal: Router.Refusal) -> Problem {
        let sentence = "\(refusal.sentence.prefix(1).uppercased())\(refusal.sentence.dropFirst())."
        return switch refusal {
        case .notFound: notFound
        case .methodNotAllowed(let allow):
            Problem(
                status: 405, kind: "method-not-allowed", title: "Method not allowed",
                detail: "This address takes only \(allow.joined(separator: ", ")).")
        case .bodyTooLarge:
            Problem(
                status: refusal.status, kind: "body-too-large", title: "The body is too large",
                detail: sentence)
        case .tooManyPairs:
            Problem(
                status: refusal.status, kind: "too-many-parameters", title: "Too many parameters",
                detail: sentence)
        case .unknownParameter(let name, _):
            invalidQuery(name, String(refusal.sentence.dropFirst(name.count + 1)))
        }
    }
}

extension DeskFault {
    /// The description as a sentence.
    fileprivate var words: String { "\(description.prefix(1).uppercased())\(description.dropFirst())." }
}
