import Desk
import HTTPServer
import Ledger
import SignIn
import Tokens

/// What somebody was told, the newest first.
struct NoticesPage: Page {
    let notices: [Notice]
    /// The notice before which the next page continues.
    var next: NoticeID?
    /// Whether the page continues another one.
    var isOlder = false
    /// How long notices are kept, in words; `nil` for good.
    var kept: String?
    let proof: FormProof

    var title: String { "Notices" }
    var navigationItem: NavigationItem? { .notices }

    var content: HTML {
        pageHead("Notices", lead)
        if notices.isEmpty {
            section(.class("card"), .label("No notices")) {
                p {
                    isOlder
                        ? "There are no older notices."
                        : "There are no notices. Nothing has happened that you did not do yourself."
                }
                if isOlder { p { a(.href(.notices)) { "The newest notices" } } }
            }
        } else {
            if let newest = notices.first(where: { $0.readAt == nil }) {
                postForm(to: .markNoticesRead, proof: proof) {
                    input(.type("hidden"), .name("last"), .value(newest.id.text))
                    button(.type("submit"), .class("quiet")) { "Mark these as read" }
                }
            }
            for notice in notices { card(of: notice) }
            if let next {
                p(.class("pages")) {
                    a(.class("button quiet"), .href(DeskPath.notices.with([("before", next.text)]))) {
                        "Older notices"
                    }
                }
            }
        }
    }

    private var lead: String {
        "What happened to your tokens and your account, the newest first."
            + (kept.map { " Notices are kept for \($0)." } ?? "")
    }

    private func card(of notice: Notice) -> HTML {
        // No landmark: two notices may say the same.
        div(.class("card"), .id("n-\(notice.id)")) {
            h2 {
                notice.content.title
                if notice.readAt == nil { span(.class("tag")) { "new" } }
            }
            p(.class("where")) { moment(notice.at, .minute) }
            for paragraph in notice.content.paragraphs { p { paragraph } }
            let details = (notice.content.facts + notice.content.traces).filter { $0.name != "When" }
            if !details.isEmpty {
                dl(.class("facts")) {
                    for detail in details {
                        div {
                            dt { detail.name }
                            dd { detail.value }
                        }
                    }
                }
            }
            if let link = notice.content.link, let path = ReturnPath(link.path) {
                p(.class("actions")) { a(.class("button"), .href(DeskPath(path))) { link.words } }
            }
        }
    }
}

/// What ends digests without signing in.
struct UnsubscribePage: Page {
    let code: String
    var isDone = false
    let proof: FormProof

    var title: String { isDone ? "No more daily digests" : "End the daily digest?" }

    var content: HTML {
        section(.class("card narrow"), .labelledBy("title")) {
            h1(.id("title")) { title }
            if isDone {
                p {
                    "You get no more digests. Notices are still shown at the desk, and what was mailed at once still is."
                }
                p { a(.href(DeskPath.account.at("notices"))) { "Choose what is mailed" } }
            } else {
                p { "What you chose to get once a day is then shown at the desk only." }
                postForm(to: .unsubscribe(code), proof: proof) {
                    button(.type("submit"), .class("primary")) { "End the digest" }
                }
            }
        }
    }
}

extension DeskPages {
    func addNoticeRoutes(to router: inout Router) {
        router.on("GET", "/notices") { request in try await answerPerson(request, noticesPage) }
        router.on("POST", "/notices/read", limits: .shortForm) { request in
            try await answerPerson(request) { visit in
                guard let last = visit.form["last"].flatMap({ NoticeID($0) }) else { return .onTo(.notices) }
                try await parts.noticeDesk.markRead(of: visit.subject, upTo: last)
                return visit.onTo(.notices, saying: .noticesRead)
            }
        }
        router.on("POST", "/account/notices", limits: .shortForm) { request in
            try await answerPerson(request) { visit in
                var choices: [NoticeKind: NoticeChoice] = [:]
                for line in try await parts.noticeDesk.choices(of: visit.subject) {
                    let field = NoticeChoiceCard.field(of: line.kind)
                    if let choice = visit.form[field].flatMap(NoticeChoice.init) {
                        choices[line.kind] = choice
                    }
                }
                try await parts.noticeDesk.choose(choices, for: visit.subject)
                return visit.onTo(.account, saying: .noticesChosen)
            }
        }
        router.on("GET", "/notices/unsubscribe/{code}") { (request, code: String) in
            try await answer(request) { visit in
                guard parts.unsubscribeLink.person(of: code) != nil else {
                    return visit.answer(ErrorPage.notFound, status: 404)
                }
                return visit.answer(UnsubscribePage(code: code, proof: visit.proof))
            }
        }
        // One click in a mail program, which has no cookie (RFC 8058): the code is the proof.
        router.on("POST", "/notices/unsubscribe/{code}", limits: .shortForm) { (request, code: String) in
            guard let person = parts.unsubscribeLink.person(of: code) else {
                return refusal(request, .notFound)
            }
            try await parts.noticeDesk.endDigests(of: person)
            let page = UnsubscribePage(code: code, isDone: true, proof: FormProof(field: "", value: ""))
            return PageHeaders.added(
                to: Response(status: 200, .html, page.document(for: nil)), isSecure: isSecure)
        }
    }

    private func noticesPage(_ visit: PersonVisit) async throws -> Response {
        let before = visit.request.queryItems["before"].flatMap { NoticeID($0) }
        let found = try await parts.noticeDesk.notices(of: visit.subject, before: before)
        return visit.answer(
            NoticesPage(
                notices: found.notices, next: found.next, isOlder: before != nil,
                kept: parts.retention.keep?.longWords, proof: visit.proof))
    }
}

extension Done {
    static let noticesRead = Done("Marked as read.")
    static let noticesChosen = Done("Saved. From now on you are told as you chose.")
}
