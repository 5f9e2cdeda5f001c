import Desk
import HTTPServer
import JSON
import Tokens

/// GitLab's token revocation API (<https://docs.gitlab.com/development/sec/token_revocation_api/>). GitLab sends the secret
/// as the whole value of `Authorization`; `X-Token` is for programs whose `Authorization` is another's.
extension LeaksAPI {
    func isFromGitLab(_ request: Request) -> Bool {
        if request.headers["x-token"] != nil { return true }
        return isGitLabs(request.headers["authorization"])
    }

    private func isGitLabs(_ secret: String?) -> Bool {
        guard let secret, let known = reporters.gitLab else { return false }
        return known.matches(secret)
    }

    private func refuseUnlessGitLab(_ request: Request) throws(Problem) {
        guard isGitLabs(request.headers["x-token"] ?? request.headers["authorization"]) else {
            let reason =
                reporters.gitLab == nil
                ? "GitLab is no reporter here: set `leaks.gitlab.token_file`."
                : "This is not the secret in the file of `leaks.gitlab.token_file`."
            throw Problem(
                status: 401, kind: "unauthorized", title: "Not authorized", detail: reason,
                headers: ["WWW-Authenticate": "Bearer"])
        }
    }

    /// The types that GitLab asks for before it reports.
    func types(_ request: Request) throws(Problem) -> Response {
        try refuseUnlessGitLab(request)
        return Response(
            .json, JSONValue.object(["types": .strings(reporters.gitLabTypes)]).text + "\n",
            headers: ["Cache-Control": "no-store"])
    }

    func takeFromGitLab(_ request: Request) async throws -> Response {
        try refuseUnlessGitLab(request)
        let findings = try LeakReportAnswer.findings(request.body, format: desk.format)
        _ = try await desk.report(
            findings, by: .system("GitLab secret detection", address: address(of: request)))
        return Response(status: 204)
    }
}
