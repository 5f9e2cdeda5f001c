import Desk
import HTTPServer
import Ledger
import Tokens

/// Where the notices of a service account are posted, for its stewards.
struct TeamWebhookPage: Page {
    let account: Subject
    let webhook: TeamWebhook?
    /// The hosts that the operator allows.
    let hosts: [String]
    /// The signing secret, right after it was made.
    var secret: String?
    var url = ""
    var faults: [FormFault] = []
    let proof: FormProof

    var title: String { "Webhook of \(account.login)" }
    var navigationItem: NavigationItem? { .stewardship }

    var content: HTML {
        p(.class("back")) { a(.href(.stewarded(account.id))) { account.name } }
        section(.class("card"), .labelledBy("title")) {
            h1(.id("title")) { title }
            p(.class("lead")) {
                "Notices about the tokens of this account are posted there, signed by Standard Webhooks. "
                "Each steward also gets them at the desk and by mail."
            }
            if let secret { reveal(secret) }
            if let webhook {
                p {
                    "They are posted to "
                    code { webhook.url }
                    ", set "
                    moment(webhook.changedAt, .minute)
                    "."
                }
                postForm(to: .removeTeamWebhook(account.id), proof: proof) {
                    button(.type("submit"), .class("danger")) { "Remove the webhook" }
                }
            }
            if hosts.isEmpty {
                p(.class("hint")) { "The operator of this desk allows no webhooks of teams." }
            } else {
                form
            }
        }
    }

    private func reveal(_ secret: String) -> HTML {
        div(.class("notice good"), .role("status")) {
            p { "This is the signing secret. It is shown this once: give it to the receiver now." }
            linesToPaste(secret, label: "Signing secret", copy: "Copy the secret")
        }
    }

    private var form: HTML {
        postForm(to: .teamWebhook(account.id), proof: proof) {
            faultSummary(faults)
            field(
                "url", label: webhook == nil ? "Address" : "Another address",
                hint: "It begins with https://, at one of: \(hosts.joined(separator: ", ")).", faults: faults,
                .type("url"), .required, .value(url), .maxLength(500))
            button(.type("submit"), .class("primary")) {
                webhook == nil ? "Set the webhook" : "Set it, with a new secret"
            }
        }
    }
}

extension DeskPages {
    func addTeamWebhookRoutes(to router: inout Router) {
        router.on("GET", "/accounts/{id}/webhook") { (request, id: SubjectID) in
            try await answerPerson(request) { visit in
                visit.answer(try await teamWebhookPage(visit, id))
            }
        }
        router.on("POST", "/accounts/{id}/webhook", limits: .shortForm) { (request, id: SubjectID) in
            try await answerPerson(request) { try await setTeamWebhook($0, id) }
        }
        router.on("POST", "/accounts/{id}/webhook/remove", limits: .shortForm) { (request, id: SubjectID) in
            try await answerPerson(request) { visit in
                let account = try await stewarded(id, by: visit)
                try await parts.noticeDesk.removeTeamWebhook(of: account, by: visit.requester)
                return visit.onTo(
                    .teamWebhook(id), saying: Done("Removed. Nothing is posted there any more."))
            }
        }
    }

    private func teamWebhookPage(_ visit: PersonVisit, _ id: SubjectID) async throws -> TeamWebhookPage {
        let account = try await stewarded(id, by: visit)
        return TeamWebhookPage(
            account: account,
            webhook: try await parts.noticeDesk.teamWebhook(of: account, by: visit.requester),
            hosts: parts.noticeDesk.abilities.team.hosts, proof: visit.proof)
    }

    private func setTeamWebhook(_ visit: PersonVisit, _ id: SubjectID) async throws -> Response {
        let account = try await stewarded(id, by: visit)
        let url = visit.form["url"] ?? ""
        var (secret, faults): (String?, [FormFault]) = (nil, [])
        do throws(DeskFault) {
            secret = try await parts.noticeDesk.setTeamWebhook(url, of: account, by: visit.requester)
        } catch {
            guard case .invalid(let found) = error else { throw error }
            faults = found.map { FormFault($0.field, $0.shown(calling: "address")) }
        }
        var page = try await teamWebhookPage(visit, id)
        (page.secret, page.faults, page.url) = (secret, faults, faults.isEmpty ? "" : url)
        var response = visit.answer(page, status: faults.isEmpty ? 200 : 422)
        response.headers["Cache-Control"] = "no-store"
        return response
    }
}
