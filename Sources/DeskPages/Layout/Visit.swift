import Desk
public import HTTPServer
import Ledger
import SignIn
public import Tokens

/// A request for a page, with its visitor and the proof for their forms.
struct Visit: Sendable {
    let request: Request
    /// The signed-in person; `nil` if nobody is.
    let visitor: Visitor?
    let proof: FormProof
    /// The client's address, as events store it.
    let address: String
    let now: Timestamp
    let flash: FlashCookie
    /// Whether the navigation includes the report of passwords.
    var showsPasswords = false
    /// How many requests for approval wait for the visitor, for the navigation.
    var requests: Int?
    /// How many notices of the visitor are new.
    var newNotices = 0
    /// Whether the visitor is a steward of a service account.
    var isSteward = false
    /// The service accounts without a steward, for administrators.
    var unattended: [UnattendedAccount] = []

    /// What was done by the form that led here.
    private var done: String? { flash.sentence(in: request, for: visitor?.subject.id) }

    /// Where to continue after signing in, from the query.
    var returnTo: ReturnPath? { request.queryItems["return_to"].flatMap(ReturnPath.init) }

    /// The text of a search, from the query.
    var search: String? {
        request.queryItems["search"].flatMap { $0.isEmpty ? nil : $0.beginning(bytes: 100) }
    }

    /// The response with `page`, rendered for the visitor.
    func answer(_ page: some Page, status: Int = 200) -> Response {
        let reader = visitor.map {
            PageReader(
                login: $0.subject.login.text, name: $0.subject.name,
                isAdministrator: $0.subject.isAdministrator, showsPasswords: showsPasswords,
                requests: requests, newNotices: newNotices, isSteward: isSteward, unattended: unattended,
                proof: proof)
        }
        return Response(status: status, .html, page.document(for: reader, notice: done))
    }

    /// A redirect (303) to a page that says, once, what was done.
    func onTo(_ path: DeskPath, saying done: Done) -> Response {
        onTo(path, saying: done, to: visitor?.subject.id)
    }

    /// The same for another reader than the visitor; `nil` for whoever is not signed in.
    func onTo(_ path: DeskPath, saying done: Done, to reader: SubjectID?) -> Response {
        Response.onTo(path).setting([flash.hold(done, for: reader)])
    }
}

/// A request by a signed-in person.
struct PersonVisit: Sendable {
    let visit: Visit
    let visitor: Visitor

    var subject: Subject { visitor.subject }
    var request: Request { visit.request }
    var proof: FormProof { visit.proof }
    var now: Timestamp { visit.now }
    var form: FormValues { visit.request.form }
    var requester: Requester { .person(visitor.subject, address: visit.address) }

    func answer(_ page: some Page, status: Int = 200) -> Response { visit.answer(page, status: status) }

    /// A redirect (303) to a page that says, once, what was done.
    func onTo(_ path: DeskPath, saying done: Done) -> Response { visit.onTo(path, saying: done) }
}

extension Response {
    /// A redirect (303) to that page.
    static func onTo(_ path: DeskPath) -> Response { .seeOther(path.text) }

    /// The response with more `Set-Cookie` headers.
    func setting(_ cookies: [String]) -> Response {
        var response = self
        for cookie in cookies { response.headers.add("Set-Cookie", cookie) }
        return response
    }
}

extension Identifier: PathParameter {
    public init?(pathSegment: String) { self.init(pathSegment) }
}
