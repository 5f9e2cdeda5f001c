import Desk
import HTTPServer
import Tokens

/// For administrators: who still uses a password.
extension DeskPages {
    func addPasswordRoutes(to router: inout Router) {
        router.on("GET", "/admin/passwords") { request in
            try await answerAdministrator(request) { visit in
                let filter = PasswordsPage.UseFilter(visit.request.queryItems)
                return visit.answer(
                    PasswordsPage(
                        report: try await report(filter, at: visit.now), filter: filter,
                        wording: wording(at: visit.now)))
            }
        }
        router.on("GET", "/admin/passwords.csv") { request in
            try await answerAdministrator(request) { visit in
                let report = try await report(
                    PasswordsPage.UseFilter(visit.request.queryItems), at: visit.now)
                return Response(
                    status: 200, .csv, report.csv,
                    headers: ["Content-Disposition": #"attachment; filename="passwords.csv""#])
            }
        }
    }

    private func report(
        _ filter: PasswordsPage.UseFilter, at now: Timestamp
    ) async throws(DeskFault) -> PasswordReport {
        try await parts.oversight.passwords(at: filter.service, since: now - filter.span.time)
    }

    /// What My Tokens says of the person's own password.
    func passwordNotice(of person: Subject, at now: Timestamp) async throws(DeskFault) -> PasswordNotice {
        let uses = try await parts.oversight.passwordUses(
            of: person.id, since: now - PasswordReport.defaultSpan)
        let policies = parts.tokens.services.map { ($0.name.text, $0.passwords) }
        return PasswordNotice(
            uses: uses, policies: Dictionary(policies, uniquingKeysWith: { first, _ in first }))
    }
}

extension PasswordsPage.UseFilter {
    /// Reads a query; what is not understood is left out.
    init(_ items: FormValues) {
        service = items["service"].flatMap { try? ServiceName($0).text }
        span = items["since"].flatMap(Span.init) ?? .month
    }
}
