import Desk
import Dispatch
import HTTPServer
import Leaks
import Ledger
import Tokens

/// What a file has that an administrator sent to be searched.
struct WhoseFile: Sendable {
    /// A secret of this desk, and where it is.
    struct Line: Sendable {
        let outcome: LeakOutcome?
        let decoy: Decoy?
        let place: String
    }

    let name: String
    /// Those of this desk, in the order of the file.
    let lines: [Line]
    /// How many others have their form.
    let unknown: Int
    let files: Int
    let warnings: [String]

    /// The tokens that work, each once.
    private var working: [TokenID] {
        var seen: Set<TokenID> = []
        return lines.compactMap(\.outcome).filter { $0.found.isWorking }.map(\.found.token.id)
            .filter { seen.insert($0).inserted }
    }

    private var heading: String {
        switch lines.count {
        case 0: "No secret of this desk in \(name)"
        case 1: "1 secret of this desk in \(name)"
        default: "\(lines.count) secrets of this desk in \(name)"
        }
    }

    func html(proof: FormProof) -> HTML {
        section(.class("card"), .labelledBy("found")) {
            h2(.id("found"), .focusable, .data("focus")) { heading }
            p(.class("hint")) {
                files == 1 ? "1 file was searched." : "\(files) files were searched."
                if unknown > 0 {
                    unknown == 1
                        ? " 1 other text has the form of a secret, but no token has it."
                        : " \(unknown) other texts have the form of secrets, but no token has them."
                }
            }
            for warning in warnings { p(.class("hint")) { "\(warning)." } }
            if !lines.isEmpty { list }
            if !working.isEmpty {
                postForm(to: .bulk, proof: proof) {
                    for token in working {
                        input(.type("hidden"), .name(AllTokensPage.chosenField), .value(token.text))
                    }
                    p(.class("actions")) {
                        button(.type("submit"), .class("danger")) {
                            working.count == 1
                                ? "Revoke or pause this token…"
                                : "Revoke or pause these \(working.count) tokens…"
                        }
                    }
                }
            }
        }
    }

    private var list: HTML {
        table(.class("cards"), .role("table")) {
            caption(.class("unseen")) { "Secrets that were found" }
            thead {
                tr(.role("row")) {
                    for name in ["Token", "Owner", "Secret", "Found at"] { columnHeader(name) }
                }
            }
            tbody { for line in lines { row(line) } }
        }
    }

    private func row(_ line: Line) -> HTML {
        tr(.role("row")) {
            cell("Token") {
                if let token = line.outcome?.found.token {
                    strong { a(.href(.anyToken(token.id))) { token.name.text } }
                    span(.class("where")) { code { token.id.text } }
                } else if let decoy = line.decoy {
                    strong { a(.href(.allDecoys)) { decoy.name.text } }
                    span(.class("where")) { code { decoy.id.text } }
                }
            }
            cell("Owner") { line.outcome?.found.owner.login.text ?? "" }
            cell("Secret") {
                if line.decoy != nil {
                    "a decoy"
                } else if let found = line.outcome?.found {
                    found.isCurrent ? "the current one" : "an earlier one"
                    span(.class(found.isWorking ? "tag bad" : "tag")) {
                        found.isWorking ? "works" : "no longer works"
                    }
                }
            }
            cell("Found at") { code { line.place } }
        }
    }
}

/// Searching a file: `POST /admin/whose/file`. Nothing of it is kept.
extension DeskPages {
    func addWhoseFileRoute(to router: inout Router) {
        router.on("POST", "/admin/whose/file", limits: .document) { request in
            try await answerAdministrator(request) { try await whoseFile($0) }
        }
        router.on("GET", "/admin/whose/file") { request in
            try await answerAdministrator(request) { _ in .onTo(.whoseAny) }
        }
    }

    private func whoseFile(_ visit: PersonVisit) async throws -> Response {
        var page = WhosePage(isAdministrators: true, wording: wording(at: visit.now), proof: visit.proof)
        guard let file = visit.request.multipart.files.first(where: { $0.field == "file" }),
            !file.bytes.isEmpty
        else {
            page.answer = .nothing
            return visit.answer(page, status: 422)
        }
        let result = await UploadSearch.result(of: file, format: parts.leaks.format)
        let findings = result.found.map {
            LeakFinding(in: [$0.secret.reveal()], at: $0.place, source: "", format: parts.leaks.format)
        }
        let answers = try await parts.leaks.report(findings, by: .requester(visit.requester), isDry: true)
        let lines = answers.filter { $0.outcome != nil || $0.decoy != nil }
        page.search = WhoseFile(
            name: file.name.beginning(bytes: 100),
            lines: lines.map { WhoseFile.Line(outcome: $0.outcome, decoy: $0.decoy, place: $0.url) },
            unknown: answers.count - lines.count, files: result.files, warnings: result.warnings)
        return visit.answer(page)
    }
}

/// The search of a file in memory.
private struct UploadSearch: Sendable {
    let found: [FileScan.Found]
    let files: Int
    let warnings: [String]

    /// How much a file may unpack to: a stranger to the desk may have made it.
    private static var limits: FileScan.Limits {
        var limits = FileScan.Limits()
        (limits.ratio, limits.least, limits.found) = (50, 256 << 20, LeakDesk.limit)
        return limits
    }

    /// Searches on a thread of its own, since it may take seconds.
    static func result(of file: MultipartForm.File, format: TokenFormat) async -> UploadSearch {
        await withCheckedContinuation { continuation in
            DispatchQueue(label: "jeton.leaks.upload").async {
                let scan = FileScan(format: format, limits: limits)
                var rest = file.bytes[...]
                scan.search(file.name) {
                    let piece = Array(rest.prefix(1 << 18))
                    rest = rest.dropFirst(piece.count)
                    return piece
                }
                continuation.resume(
                    returning: UploadSearch(found: scan.found, files: scan.files, warnings: scan.warnings))
            }
        }
    }
}
