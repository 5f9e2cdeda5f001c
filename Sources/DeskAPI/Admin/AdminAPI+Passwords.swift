import Desk
import HTTPServer
import JSON
import Ledger
import Tokens

extension AdminAPI {
    func addPasswords(to router: inout Router) {
        router.on("GET", "\(Self.base)/passwords", query: ["format", "service", "since"]) { request in
            try await Self.answering { try await reportPasswords(request) }
        }
    }

    /// Who used a password since `since` (RFC 3339; the last 30 days), at `service` where it is given.
    private func reportPasswords(_ request: Request) async throws -> Response {
        let items = request.queryItems
        let since = items["since"].flatMap { Timestamp(rfc3339: $0) } ?? clock.now - PasswordReport.usual
        let report = try await PasswordReport(
            from: ledger, services: services ?? [], at: items["service"], since: since)
        if items["format"] == "csv" { return Self.answer(["csv": .string(report.csv)]) }
        return Self.answer([
            "since": .string(report.since.rfc3339),
            "services": .array(report.places.map { JSONValue($0) }),
            "uses": .array(report.uses.map { JSONValue($0) }),
        ])
    }
}

extension JSONValue {
    fileprivate init(_ place: PasswordReport.Place) {
        var until: Timestamp?
        var isOpen = false
        if case .transition(let end)? = place.policy { (until, isOpen) = (end, true) }
        self = .object([
            "service": .string(place.name), "passwords": .string(isOpen ? "transition" : "refused"),
            "passwords_until": .optional(until?.date), "people": .integer(Int64(place.people)),
        ])
    }

    fileprivate init(_ listed: ListedPasswordUse) {
        self = .object([
            "login": .string(listed.owner.login.text), "name": .string(listed.owner.name),
            "service": .string(listed.use.service), "client": .string(listed.use.client),
            "address": .string(listed.use.address), "count": .integer(Int64(listed.use.count)),
            "last": .string(listed.use.lastAt.rfc3339),
        ])
    }
}
