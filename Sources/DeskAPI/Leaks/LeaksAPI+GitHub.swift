import Desk
import HTTPServer
import JSON
import Leaks
import Sodium
import Tokens

/// What GitHub sends (<https://docs.github.com/code-security/secret-scanning/secret-scanning-partner-program>).
struct GitHubReport {
    static let keyHeader = "github-public-key-identifier"
    static let signatureHeader = "github-public-key-signature"

    let findings: [LeakFinding]
    /// The token and type of each finding, as they were sent.
    fileprivate let sent: [(digest: SHA256Digest, type: String)]

    /// Throws a ``Problem`` of status 400 that says what is wrong, and where.
    init(_ body: [UInt8], format: TokenFormat) throws(Problem) {
        findings = try LeakReportAnswer.findings(body, format: format)
        let value = try? JSONValue(parsing: body)
        sent = (value?.array ?? []).map {
            (SHA256Digest(of: $0["token"]?.string ?? ""), $0["type"]?.string ?? "")
        }
    }
}

extension LeaksAPI {
    func takeFromGitHub(_ request: Request) async throws -> Response {
        guard let keys = reporters.gitHub else {
            throw Problem.forbidden("GitHub is no reporter here: set `leaks.github.keys_url`.")
        }
        let identifier = request.headers[GitHubReport.keyHeader] ?? ""
        guard let signature = request.headers[GitHubReport.signatureHeader] else {
            throw Problem.badRequest(
                "unsigned-report", "The report is not signed",
                "The header Github-Public-Key-Signature is missing.")
        }
        do throws(ReportFault) {
            try await keys.verify(request.body, key: identifier, signature: signature)
        } catch {
            if case .keysUnreachable = error {
                throw Problem(
                    status: 503, kind: "keys-unreachable", title: "The report cannot be verified now",
                    detail: "Send it again later: \(error.description).", headers: ["Retry-After": "60"])
            }
            throw Problem.forbidden("The report is not believed: \(error.description).")
        }
        let report = try GitHubReport(request.body, format: desk.format)
        let answers = try await desk.report(
            report.findings, by: .system("GitHub secret scanning", address: address(of: request)))
        guard reporters.tellsGitHub else { return Response(status: 204) }
        let known = Set(answers.filter { $0.outcome != nil || $0.decoy != nil }.map(\.digest.hash))
        let feedback = report.sent.map { sent -> JSONValue in
            [
                "token_hash": .string(sent.digest.hex), "token_type": .string(sent.type),
                "label": .string(known.contains(sent.digest) ? "true_positive" : "false_positive"),
            ]
        }
        return Response(.json, JSONValue.array(feedback).text + "\n", headers: ["Cache-Control": "no-store"])
    }
}

extension SHA256Digest {
    /// In hexadecimal digits.
    var hex: String {
        bytes.map { byte in
            let digits = String(byte, radix: 16)
            return digits.utf8.count == 1 ? "0\(digits)" : digits
        }.joined()
    }
}
