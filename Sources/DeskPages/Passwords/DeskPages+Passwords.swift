import Desk
import HTTPServer
import Tokens

/// The administrators' report of passwords in use.
extension DeskPages {
    func addPasswordRoutes(to router: inout Router) {
        router.on("GET", "/admin/passwords") { request in
            try await answerAdministrator(request) { visit in
                let filter = PasswordFilter(visit.request.queryItems)
                return visit.answer(
                    PasswordsPage(
                        report: try await report(filter, at: visit.now), filter: filter,
                        wording: wording(at: visit.now)))
            }
        }
        router.on("GET", "/admin/passwords.csv") { request in
            try await answerAdministrator(request) { visit in
                let report = try await report(PasswordFilter(visit.request.queryItems), at: visit.now)
                return Response(
                    status: 200, .csv, report.csv,
                    headers: ["Content-Disposition": #"attachment; filename="passwords.csv""#])
            }
        }
    }

    private func report(
        _ filter: PasswordFilter, at now: Timestamp
    ) async throws(DeskFault) -> PasswordReport {
        try await parts.oversight.passwords(at: filter.service, since: now - filter.span.time)
    }

    func passwordNotice(of person: Subject, at now: Timestamp) async throws(DeskFault) -> PasswordNotice {
        let uses = try await parts.oversight.passwordUses(
            of: person.id, since: now - PasswordReport.defaultSpan)
        let policies = parts.tokens.services.map { ($0.name.text, $0.passwords) }
        return PasswordNotice(
            uses: uses, policies: Dictionary(policies, uniquingKeysWith: { first, _ in first }))
    }
}

extension PasswordFilter {
    /// Reads a query; unknown values are ignored.
    init(_ items: FormValues) {
        service = items["service"].flatMap { try? ServiceName($0).text }
        span = items["since"].flatMap(Span.init) ?? .month
    }
}
