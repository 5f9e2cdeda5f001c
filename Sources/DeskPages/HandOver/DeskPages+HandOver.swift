import Desk
import HTTPServer
import Ledger
import Tokens

/// Handing a token over: the owner their own, an administrator anybody's.
extension DeskPages {
    func addHandOverRoutes(to router: inout Router) {
        for isForAdministrators in [false, true] {
            let path = isForAdministrators ? "/admin/tokens/{id}/hand-over" : "/tokens/{id}/hand-over"
            router.on("GET", path) { (request, id: TokenID) in
                try await answer(request, id, isForAdministrators) { try await handOverPage($0) }
            }
            router.on("POST", path, limits: RouteLimits(bodyBytes: 128 * 1024)) { (request, id: TokenID) in
                try await answer(request, id, isForAdministrators) { try await handOver($0) }
            }
        }
    }

    private func handOverPage(_ visit: TokenVisit) async throws -> Response {
        try await handOverPage(visit, account: visit.visit.request.queryItems["account"])
    }

    /// The page, with what handing over to `account` does where one was chosen.
    private func handOverPage(
        _ visit: TokenVisit, account: String?, name: String? = nil, reason: String = "",
        faults: [FormFault] = []
    ) async throws -> Response {
        let token = visit.token
        guard token.isWorking(at: visit.now), token.isLasting else { throw DeskFault.notActive }
        var found: (preview: HandOverPreview?, faults: [FieldFault]) = (nil, [])
        if let account { found = try await preview(visit, to: account) }
        let faults = faults + found.faults.map(Self.handOverFault)
        let tokens = parts.tokens
        let asked = visit.owner == nil ? try await tokens.accountsToAsk(by: visit.visit.requester) : []
        let page = HandOverPage(
            token: token, owner: visit.owner,
            accounts: try await tokens.recipients(for: visit.visit.requester) + asked,
            asked: Set(asked.map(\.id)), preview: found.preview, name: name, reason: reason, faults: faults,
            wording: wording(at: visit.now), proof: visit.proof)
        return visit.visit.answer(page, status: faults.isEmpty ? 200 : 422)
    }

    private func preview(
        _ visit: TokenVisit, to account: String
    ) async throws -> (preview: HandOverPreview?, faults: [FieldFault]) {
        do {
            let preview = try await parts.tokens.handOverPreview(
                of: visit.token.id, of: visit.scope, to: account, asking: visit.owner == nil,
                by: visit.visit.requester)
            return (preview, [])
        } catch DeskFault.invalid(let faults) {
            return (nil, faults)
        }
    }

    private func handOver(_ visit: TokenVisit) async throws -> Response {
        let form = visit.visit.form
        let (account, name) = (form["account"] ?? "", form["name"])
        do {
            if let reason = form["reason"], visit.owner == nil {
                let request = try await parts.tokens.requests.askToHandOver(
                    visit.token.id, to: account, name: name, because: reason, by: visit.visit.requester)
                return visit.visit.onTo(.request(request.id), saying: .asked(request.requestedToken.name))
            }
            // What was shown is what is done.
            try await parts.tokens.handOver(
                visit.token.id, of: visit.scope, to: account, name: name,
                expecting: form["scopes"].flatMap(Scopes.init(text:)), by: visit.visit.requester)
        } catch {
            let faults = try Self.handOverFaults(error)
            let isAboutAccount = faults.contains { $0.field == "account" }
            return try await handOverPage(
                visit, account: isAboutAccount ? nil : account, name: name, reason: form["reason"] ?? "",
                faults: faults)
        }
        // An owner sees the token no longer, unless they are a steward of the account.
        return visit.visit.onTo(
            visit.owner == nil ? .tokens : visit.paths.page, saying: .handedOver(visit.token.name))
    }

    /// What the form says about an error; throws it where the form has nothing to say.
    private static func handOverFaults(_ error: any Error) throws -> [FormFault] {
        switch error {
        case DeskFault.invalid(let faults): return faults.map(handOverFault)
        case let fault as DeskFault where fault == .ledger(.changedMeanwhile):
            return [
                FormFault(
                    "name", "The token, its owner or the account was changed in the meantime: look again.")
            ]
        default: throw error
        }
    }

    private static func handOverFault(_ fault: FieldFault) -> FormFault {
        FormFault(fault.field, fault.shown(calling: fault.field))
    }
}
