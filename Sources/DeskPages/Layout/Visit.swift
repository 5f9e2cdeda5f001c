import Desk
public import HTTPServer
import Ledger
import SignIn
public import Tokens

/// One request for a page: who comes, from where, and what their forms must carry.
struct Visit: Sendable {
    let request: Request
    /// Who is signed in, if anybody is.
    let visitor: Visitor?
    let proof: FormProof
    /// Where the request comes from, as events keep it.
    let address: String
    let now: Timestamp
    /// Whether the navigation leads to the passwords in use.
    var showsPasswords = false

    /// What the page is to say has been done, if anything.
    var done: String? { request.queryItems["done"].flatMap(Done.init)?.sentence }

    /// Where to go on after signing in, if the query says so.
    var returnTo: ReturnPath? { request.queryItems["return_to"].flatMap(ReturnPath.init) }

    /// What the list is to be narrowed to, if anything.
    var search: String? {
        request.queryItems["search"].flatMap { $0.isEmpty ? nil : $0.beginning(bytes: 100) }
    }

    /// That page, for who comes.
    func answer(_ page: some Page, status: Int = 200) -> Response {
        let reader = visitor.map {
            PageReader(
                login: $0.subject.login.text, name: $0.subject.name,
                isAdministrator: $0.subject.isAdministrator, showsPasswords: showsPasswords, proof: proof)
        }
        return Response(status: status, .html, page.document(for: reader))
    }
}

/// A visit by somebody who is signed in.
struct PersonVisit: Sendable {
    let visit: Visit
    let visitor: Visitor

    var subject: Subject { visitor.subject }
    var request: Request { visit.request }
    var proof: FormProof { visit.proof }
    var now: Timestamp { visit.now }
    var form: FormValues { visit.request.form }
    /// The person as who acts.
    var requester: Requester { .person(visitor.subject, address: visit.address) }

    func answer(_ page: some Page, status: Int = 200) -> Response { visit.answer(page, status: status) }
}

extension Response {
    /// On to that page, fetched with GET.
    static func onTo(_ path: DeskPath) -> Response { .seeOther(path.text) }

    /// This answer with more cookies set.
    func setting(_ cookies: [String]) -> Response {
        var response = self
        for cookie in cookies { response.headers.add("Set-Cookie", cookie) }
        return response
    }
}

extension Identifier: PathParameter {
    public init?(pathSegment: String) { self.init(pathSegment) }
}
