import HTTPServer
import Ledger
import SignIn
import Tokens

@testable import jeton

/// A walk over every route that an application has, with every kind of credential.
///
/// What a route answers to whom stands in ``RouteTable``. Besides, the same holds everywhere:
///
/// - A thing of somebody else's looks like one that is not there.
/// - A form without the proof that its page carried is refused, and so is what another site causes.
/// - No page takes a token, wherever it stands.
/// - HEAD opens no door that GET does not.
struct RouteWalk {
    let house: WalkHouse
    var application: Application
    var rows = RouteTable.rows
    private let known = Known()

    init(_ house: WalkHouse) {
        self.house = house
        application = house.application
    }

    /// Callers and things for requests that change nothing.
    private actor Known {
        private var callers: [String: WalkCaller] = [:]
        private var things: [WalkedThing: String] = [:]

        func thing(_ kind: WalkedThing, in house: WalkHouse) async throws -> String {
            if let known = things[kind] { return known }
            let made = try await kind.make(in: house)
            things[kind] = made
            return made
        }

        func caller(
            _ kind: CredentialKind, _ scopes: [String], in house: WalkHouse
        ) async throws -> WalkCaller {
            let key = "\(kind.name) \(scopes)"
            if let known = callers[key] { return known }
            let made = try await kind.make(house, scopes)
            callers[key] = made
            return made
        }
    }

    /// The routes without a row.
    var unlisted: [String] {
        let names = Set(rows.map(\.name))
        return application.routes.map(\.name).filter { !names.contains($0) }
    }

    /// All that is not as the table says, a sentence each.
    func faults() async throws -> [String] {
        let other = try await house.victim()
        var belongings = try await house.belongings(of: other)
        var faults = unlisted.map { "\($0) has no row in RouteTable.swift: say there who is let in" }
        let names = Set(application.routes.map(\.name))
        for row in rows where names.contains(row.name) {
            if row.hasThing, row.thing == nil {
                faults.append("\(row.name): say in WalkedThing.swift what its identifier stands for")
                continue
            }
            for kind in CredentialKind.all {
                faults += try await faultsAtTheDoor(row, kind)
                faults += try await faultsBesides(row, kind)
                faults += try await faultsElsewhere(row, kind, of: other)
                faults += try await faultsOfForgery(row, kind)
            }
            let left = try await house.belongings(of: other)
            if left != belongings { faults.append("\(row.name) changed what belongs to somebody else") }
            belongings = left
        }
        return faults
    }

    // MARK: Each row with each kind of credential

    private func faultsAtTheDoor(_ row: RouteRow, _ kind: CredentialKind) async throws -> [String] {
        let answer = row.answer(to: kind)
        var faults: [String] = []
        for way in WalkPresentation.all(of: kind, at: row) {
            let (caller, id) = try await caller(kind, at: row, changes: row.changes && answer == row.answer)
            let asked = request(row, caller, way, about: id)
            faults += await self.faults(row, kind, way.words, asked, answer)
            if row.method == "GET", !row.changes {
                var asked = asked
                asked.method = "HEAD"
                faults += await self.faults(row, kind, "\(way.words), by HEAD", asked, answer)
            }
        }
        if kind.standing.isToken, !row.access.isPage {
            let (caller, id) = try await caller(kind, at: row, changes: false)
            let asked = request(row, caller, .asSession, about: id)
            faults += await self.faults(
                row, kind, WalkPresentation.asSession.words, asked,
                row.access.refusal(of: .nobody) ?? row.answer)
        }
        return faults
    }

    /// What is wrong with another token of the same owner's, where a token may ask about itself.
    private func faultsBesides(_ row: RouteRow, _ kind: CredentialKind) async throws -> [String] {
        guard row.access.isAboutItself else { return [] }
        let answer = row.access.refusalBesides(of: kind.standing) ?? row.answer
        let (caller, _) = try await caller(kind, at: row, changes: row.changes && answer == row.answer)
        let asked = request(row, caller, .usual, about: caller.sibling.id.text)
        return await faults(row, kind, ", of another of the owner's", asked, answer)
    }

    /// What is wrong with things that are not there, or not the caller's.
    private func faultsElsewhere(
        _ row: RouteRow, _ kind: CredentialKind, of other: WalkCaller
    ) async throws -> [String] {
        guard let thing = row.thing else { return [] }
        let answer = row.answerElsewhere(to: kind)
        let (caller, _) = try await caller(kind, at: row, changes: false)
        let unknown = request(row, caller, .usual, about: thing.unknown)
        let faults = await faults(row, kind, ", of what is not there", unknown, answer)
        // Administrators and provisioners who are let in see what is there.
        guard !row.access.showsOthers(to: kind.standing) || answer != row.elsewhere else { return faults }
        let id = try await thing.own(of: other, in: house)
        let missing = await application.respond(to: unknown)
        let found = await application.respond(to: request(row, caller, .usual, about: id))
        guard found.seen(without: id) != missing.seen(without: thing.unknown) else { return faults }
        return faults + [
            "\(row.name) with \(kind.name): somebody else's (\(found.words)) can be told from what is not "
                + "there (\(missing.words))"
        ]
    }

    private func faultsOfForgery(_ row: RouteRow, _ kind: CredentialKind) async throws -> [String] {
        var faults: [String] = []
        for forgery in WalkForgery.all(of: kind, at: row) {
            let (caller, id) = try await caller(kind, at: row, changes: false)
            let asked = request(row, caller, .usual, about: id, forgery)
            faults += await self.faults(
                row, kind, forgery.words, asked, .status(row.isForm ? 400 : 403))
        }
        return faults
    }

    // MARK: Requests

    private func faults(
        _ row: RouteRow, _ kind: CredentialKind, _ words: String, _ request: Request, _ answer: RouteAnswer
    ) async -> [String] {
        let response = await application.respond(to: request)
        return answer.fits(response)
            ? [] : ["\(row.name) with \(kind.name)\(words): \(response.words), not \(answer)"]
    }

    /// A caller, and the identifier of what they ask about; both new if the request will change something.
    private func caller(
        _ kind: CredentialKind, at row: RouteRow, changes: Bool
    ) async throws -> (WalkCaller, id: String) {
        let caller =
            changes
            ? try await kind.make(house, row.access.scopes)
            : try await known.caller(kind, row.access.scopes, in: house)
        guard let thing = row.thing else { return (caller, "") }
        // A token with jeton:manage manages others, but cannot rotate itself.
        if row.access == .managing, thing == .token { return (caller, caller.sibling.id.text) }
        // A selection is its maker's, also among administrators.
        if row.access.isOfOwnThings || thing == .selection {
            return (caller, try await thing.own(of: caller, in: house))
        }
        return (
            caller,
            changes ? try await thing.make(in: house) : try await known.thing(thing, in: house)
        )
    }

    private func request(
        _ row: RouteRow, _ caller: WalkCaller, _ way: WalkPresentation, about id: String,
        _ forgery: WalkForgery? = nil
    ) -> Request {
        var request = row.request(about: id, unique: house.unique())
        way.add(caller, &request)
        if row.isForm {
            // A browser in which nobody is signed in.
            if request.headers["cookie"] == nil { request.headers["cookie"] = "jeton-visit=a-visit" }
            if forgery != .unproven {
                let proof = house.components.forms.proof(for: request).value
                request.body += Array("&\(FormGuard.field)=\(proof)".utf8)
            }
        }
        if forgery == .crossSite { request.headers["sec-fetch-site"] = "cross-site" }
        return request
    }
}

extension Response {
    /// The status, with what explains it, and without the secret that a request may have had in its address.
    fileprivate var words: String {
        let more = headers["x-jeton-reason"] ?? headers["location"].map { "to \($0)" }
        return [String(status), more].compactMap(\.self).joined(separator: " ")
            .replacing(/jtn_[0-9A-Za-z]+/, with: "TOKEN")
    }

    /// All that a caller sees of it, but for the identifier that they sent.
    fileprivate func seen(without id: String) -> [String] {
        let fields = headers.fields.filter { $0.name.lowercased() != "set-cookie" }
        let texts = fields.map { "\($0.name): \($0.value)" } + [String(decoding: body, as: UTF8.self)]
        // A number is found in many places, but stands for itself only in a path.
        let isNumber = id.count < 8 && Int(id) != nil
        let sent = isNumber ? ["incidents/\(id)", "incidents%2F\(id)"] : [id]
        return [String(status)]
            + texts.map { text in
                sent.reduce(text) { $0.replacing($1, with: "ID") }
            }
    }
}

extension Router.Route {
    /// As in the table: `GET /tokens/{id}`.
    var name: String { "\(method) \(pattern)" }
}
