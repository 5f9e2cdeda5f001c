import Desk
import HTTPServer
import Ledger
import Tokens

/// The inventory, as a page and as a file.
extension DeskPages {
    func addAllTokensRoutes(to router: inout Router) {
        router.on("GET", "/admin/tokens") { request in
            try await answerAdministrator(request, allTokensPage)
        }
        router.on("GET", "/admin/tokens.csv") { request in
            try await answerAdministrator(request, downloadTokens)
        }
    }

    private func allTokensPage(_ visit: PersonVisit) async throws -> Response {
        let items = visit.request.queryItems
        let filter = TokenFilter(items.inOrder)
        if let moved = filter.ofEarlierVersions(items) { return .onTo(DeskPath.allTokens.with(moved)) }
        var page = AllTokensPage(
            filter: filter, services: parts.tokens.services, wording: wording(at: visit.now),
            proof: visit.proof)
        if let text = filter[.search], parts.tokens.format.secret(in: text) != nil {
            return visit.answer(page.without(secretIn: filter), status: 422)
        }
        do throws(DeskFault) {
            let query = try await parts.inventory.query(filter, limit: AllTokensPage.length)
            let found = try await parts.inventory.list(query)
            (page.tokens, page.next, page.order) = (found.tokens, found.next, query.order)
            page.total = try await parts.inventory.total(query, listed: found)
            page.choosesAll = items["select"] == "page"
            page.policy = try await parts.tokens.signInPolicy()
        } catch {
            guard case .invalid(let faults) = error else { throw error }
            page.faults = faults.map(TokenFilterWords.fault)
            return visit.answer(page, status: 422)
        }
        return visit.answer(page)
    }

    private func downloadTokens(_ visit: PersonVisit) async throws -> Response {
        var filter = TokenFilter(visit.request.queryItems.inOrder)
        do throws(DeskFault) {
            let file = try await TokenDownload(inventory: parts.inventory).file(filter)
            var response = Response(
                status: 200,
                headers: [
                    "Content-Type": Response.MediaType.csv.rawValue,
                    "Content-Disposition": #"attachment; filename="tokens.csv""#,
                ], body: file.bytes)
            if let next = file.next {
                filter[.after] = next.text
                response.headers["Link"] = "<\(DeskPath.allTokensCSV.with(filter).text)>; rel=\"next\""
            }
            return response
        } catch {
            guard case .invalid = error else { throw error }
            // The page says what is wrong.
            return .onTo(DeskPath.allTokens.with(filter))
        }
    }
}

extension TokenFilter {
    /// What an address of an earlier version asks for; `nil` where it is none.
    fileprivate func ofEarlierVersions(_ items: FormValues) -> TokenFilter? {
        let (search, before) = (items["search"], items["before"])
        guard search != nil || before != nil else { return nil }
        var filter = self
        if filter[.search] == nil { filter[.search] = search }
        if filter[.after] == nil { filter[.after] = before }
        return filter
    }
}

extension TokenFilterWords {
    /// The desk's fault, for the form's field.
    static func fault(_ fault: FieldFault) -> FormFault {
        let name = TokenFilter.Field(rawValue: fault.field).map(title) ?? fault.field
        let id = ["state": "state-active", "after": "q"][fault.field] ?? fault.field
        return FormFault(id, fault.shown(calling: name))
    }
}

extension AllTokensPage {
    /// The page that refuses to look for a secret, without it.
    fileprivate func without(secretIn filter: TokenFilter) -> AllTokensPage {
        var page = AllTokensPage(
            filter: filter.without(.search), services: services, wording: wording, proof: proof)
        page.faults = [
            FormFault(
                "q",
                "This is a token’s secret, which must not be in an address: look it up with “Whose is this?”, "
                    + "and consider it leaked to this browser’s history.")
        ]
        return page
    }
}
