import Desk
import HTTPServer
import JSON
import Leaks
import Ledger
import Tokens

/// Takes a report in any form of ``Leaks/FindingDocument``, and says of each secret which token it is, whose, and what was
/// done.
struct LeakReportAnswer {
    let desk: LeakDesk

    /// Reads `dry_run` and `act` of the query.
    func answer(_ request: Request, _ requester: Requester) async throws -> Response {
        let items = request.queryItems
        let isDry = try items["dry_run"].map(Self.truth) ?? false
        let act = try items["act"].map { (text) throws(Problem) -> LeakAct in
            guard let act = LeakAct(rawValue: text) else {
                throw .invalidQuery(
                    "act", "must be \(LeakAct.allCases.map(\.rawValue).joined(separator: " or "))")
            }
            return act
        }
        let findings = try Self.findings(request.body, format: desk.format)
        let answers = try await desk.report(findings, by: .requester(requester), act: act, isDry: isDry)
        let now = desk.now
        return Response(
            status: 200, .json,
            JSONValue.object([
                "dry_run": .bool(isDry), "findings": .integer(Int64(findings.count)),
                "secrets": .array(answers.map { json($0, isDry: isDry, at: now) }),
            ]).text + "\n", headers: ["Cache-Control": "no-store"])
    }

    private static func truth(_ text: String) throws(Problem) -> Bool {
        guard let truth = ["true": true, "false": false][text] else {
            throw .invalidQuery("dry_run", "must be true or false")
        }
        return truth
    }

    /// The findings of a body. Throws a ``Problem`` of status 400 that says what is wrong, and where.
    static func findings(_ body: [UInt8], format: TokenFormat) throws(Problem) -> [LeakFinding] {
        let document: FindingDocument
        do throws(FindingFault) {
            document = try FindingDocument(parsing: body, format: format)
        } catch {
            throw .badRequest("invalid-report", "The report is not understood", "\(error.description).")
        }
        guard document.places.isEmpty else {
            throw .badRequest(
                "invalid-report", "The report has no secrets",
                "This is a baseline of detect-secrets, which has hashes in place of the secrets: run `jeton leaks report` "
                    + "where the files are, which reads them, or `jeton leaks scan`.")
        }
        return document.findings
    }

    private func json(_ answer: LeakDesk.Answer, isDry: Bool, at now: Timestamp) -> JSONValue {
        var members: [String: JSONValue] = [
            "finding": .integer(Int64(answer.finding)), "url": .string(answer.url),
            "source": .string(answer.source), "known": .bool(answer.outcome != nil || answer.decoy != nil),
        ]
        if let decoy = answer.decoy {
            members["decoy"] = .object(["id": .string(decoy.id.text), "name": .string(decoy.name.text)])
        }
        guard let outcome = answer.outcome else { return .object(members) }
        let found = outcome.found
        members["token"] = .object([
            "id": .string(found.token.id.text), "name": .string(found.token.name.text),
            "owner": .string(found.owner.login.text), "state": .string(found.token.state(at: now).rawValue),
        ])
        members["secret"] = .string(
            found.isCurrent ? "current" : found.isWorking ? "previous" : "ended")
        members["worked"] = .bool(found.isWorking)
        members["act"] = .optional(outcome.act?.rawValue)
        if !isDry { members["new"] = .bool(outcome.isNew) }
        return .object(members)
    }
}
