import Desk
import HTTPServer
import Ledger
import Tokens

/// Pausing and revoking many tokens and notifying their owners, for administrators: select, see what will stop working,
/// act.
///
///     POST /admin/bulk?service=maven      token=…&token=…, or all=yes, or secrets=…   303
///     GET  /admin/bulk/{selection}        what will stop working
///     POST /admin/bulk/{selection}        act=pause                                   303, with a notice
extension DeskPages {
    func addBulkRoutes(to router: inout Router) {
        router.on("POST", "/admin/bulk", limits: .selection) { request in
            try await answerAdministrator(request, select)
        }
        router.on("GET", "/admin/bulk") { request in
            try await answerAdministrator(request) { _ in .onTo(.allTokens) }
        }
        router.on("GET", "/admin/bulk/{selection}") { (request, id: SelectionID) in
            try await answerAdministrator(request) { visit in
                visit.answer(try await bulkPage(visit, id))
            }
        }
        router.on("POST", "/admin/bulk/{selection}", limits: .usual, urgent: true) {
            (request, id: SelectionID) in
            try await answerAdministrator(request) { try await change($0, id) }
        }
    }

    // MARK: Select

    private func select(_ visit: PersonVisit) async throws -> Response {
        let filter = TokenFilter(visit.request.queryItems.inOrder + visit.form.inOrder).fromStart
        let selection: TokenSelection
        var unknown = 0
        do throws(DeskFault) {
            if let secrets = visit.form["secrets"] {
                let found = try await parts.bulk.select(secretsIn: secrets, by: visit.requester)
                (selection, unknown) = (found.selection, found.unknown)
            } else if visit.form["all"] != nil {
                let query = try await parts.inventory.query(filter, limit: 1)
                selection = try await parts.bulk.select(query, by: visit.requester)
            } else {
                let chosen = visit.form.all(AllTokensPage.chosenField).compactMap { TokenID($0) }
                guard !chosen.isEmpty else {
                    return visit.answer(ErrorPage.nothingSelected(in: filter), status: 422)
                }
                selection = try await parts.bulk.select(chosen, by: visit.requester)
            }
        } catch {
            guard case .invalid(let faults) = error else { throw error }
            return visit.answer(ErrorPage.notSelected(faults, in: filter), status: 422)
        }
        var path = DeskPath.selection(selection.id)
        if unknown > 0 { path = path.with([("unknown", String(unknown))]) }
        if filter != TokenFilter() { path = path.with([(TokenPaths.viewMark, "1")]).with(filter) }
        return .onTo(path)
    }

    private func bulkPage(
        _ visit: PersonVisit, _ id: SelectionID, draft: BulkDraft = BulkDraft(), faults: [FormFault] = []
    ) async throws -> BulkPage {
        let items = visit.request.queryItems
        return BulkPage(
            preview: try await parts.bulk.preview(id, by: visit.requester),
            unknownSecrets: items["unknown"].flatMap(Int.init) ?? 0, draft: draft, faults: faults,
            view: view(of: visit), wording: wording(at: visit.now), proof: visit.proof)
    }

    private func view(of visit: PersonVisit) -> TokenFilter? {
        let items = visit.request.queryItems
        return items[TokenPaths.viewMark] == nil ? nil : TokenFilter(items.inOrder)
    }

    // MARK: Act

    private func change(_ visit: PersonVisit, _ id: SelectionID) async throws -> Response {
        let draft = BulkDraft(visit.form)
        var faults: [FormFault] = []
        if draft.act == .revoke, visit.form["confirm"] == nil {
            faults.append(FormFault("confirm", "Tick the box to revoke them for good."))
        }
        if faults.isEmpty {
            do throws(DeskFault) {
                return try await act(draft, id, visit)
            } catch {
                guard case .invalid(let found) = error else { throw error }
                faults = found.map { FormFault($0.field, $0.shown(calling: $0.field)) }
            }
        }
        return visit.answer(try await bulkPage(visit, id, draft: draft, faults: faults), status: 422)
    }

    private func act(
        _ draft: BulkDraft, _ id: SelectionID, _ visit: PersonVisit
    ) async throws(DeskFault) -> Response {
        let act: BulkDesk.Act
        switch draft.act {
        case .incident:
            let (incident, result) = try await parts.bulk.open(
                draft.title, pausing: id, also: draft.also, because: draft.reason, by: visit.requester)
            return try await onTo(incident.number, saying: .opened(incident, result), visit)
        case .pause: act = .pause(draft.span.span)
        case .revoke: act = .revoke
        case .notify: act = .notify
        }
        let result = try await parts.bulk.apply(
            act, to: id, also: draft.also, because: draft.reason, by: visit.requester)
        let receipt = try await receiptOfMany()
        let path = DeskPath.allTokens.with(view(of: visit) ?? TokenFilter())
        return visit.onTo(path, saying: .changed(result, act, receipt))
    }

    /// On which nodes the latest change is in force, after a moment; `nil` where there is one node.
    func receiptOfMany() async throws(DeskFault) -> Receipt? {
        guard parts.tokens.latestChange > 0 else { return nil }
        let receipt = try await parts.tokens.wholeReceipt(within: .seconds(2))
        return receipt.nodes.count > 1 ? receipt : nil
    }
}

extension RouteLimits {
    /// A list of what leaked may be long.
    fileprivate static let selection = RouteLimits(bodyBytes: 1024 * 1024, pairs: 500)
}

extension BulkDraft {
    fileprivate init(_ form: FormValues) {
        act = form["act"].flatMap(Act.init) ?? .pause
        span = form["for"].flatMap(BulkPauseSpan.init) ?? .open
        title = form["title"] ?? ""
        reason = form["reason"] ?? ""
        also = form.all(Self.alsoField).compactMap { TokenID($0) }
    }
}

extension ErrorPage {
    fileprivate static func nothingSelected(in filter: TokenFilter) -> ErrorPage {
        ErrorPage(
            title: "No token is selected", sentence: "Nothing was changed.",
            advice: "Tick the tokens in the list first, or act on all that match.",
            onward: ("Back to the list", .allTokens.with(filter)))
    }

    fileprivate static func notSelected(_ faults: [FieldFault], in filter: TokenFilter) -> ErrorPage {
        ErrorPage(
            title: "No token was selected",
            sentence: faults.map { $0.shown(calling: $0.field) }.joined(separator: " "),
            onward: ("Back to the list", .allTokens.with(filter)))
    }
}
