import Ledger
import Tokens

/// The tokens that an account shall have.
struct TokenComparison {
    let wanted: [WantedState.Token]
    /// The account as it will be.
    let account: Subject
    /// Whether the account does not exist yet.
    let isNew: Bool
    /// Whether tokens that are not named end.
    let prunes: Bool

    init(_ wanted: [WantedState.Token], of account: Subject, isNew: Bool, prunes: Bool) {
        self.wanted = wanted
        self.account = account
        self.isNew = isNew
        self.prunes = prunes
    }
}

extension StateDesk {
    /// Adds what differs of an account's tokens. Returns those that end.
    func add(
        _ comparison: TokenComparison, to plan: inout StatePlan, at place: String, by requester: Requester
    ) async throws(DeskFault) -> [StatePlan.Step] {
        let account = comparison.account
        // Programs give the tokens that they get in exchange any name.
        let present =
            comparison.isNew
            ? [] : try await tokens.working(of: account.id).map(\.token).filter { $0.exchange == nil }
        var named: [String] = []
        for (index, wanted) in comparison.wanted.enumerated() {
            let place = "\(place)/tokens/\(index)"
            guard !named.containsExactly(wanted.name.folded) else {
                plan.refuse(.named(wanted.name, "token"), at: place)
                continue
            }
            named.append(wanted.name.folded)
            let before = present.first { $0.name.text.folded.isExactly(wanted.name.folded) }
            do throws(DeskFault) {
                if let before {
                    let step = try await change(before, to: wanted, of: account, by: requester)
                    if let step { plan.steps.append(step) }
                } else {
                    try await addNew(wanted, of: account, to: &plan, at: place, by: requester)
                }
            } catch {
                try plan.refuse(error, at: place)
            }
        }
        guard comparison.prunes else { return [] }
        let ends = present.filter { !named.containsExactly($0.name.text.folded) }
        if ends.contains(where: { $0.id == requester.token?.id }) { plan.refuse(.revokesItself, at: place) }
        return ends.map { .init(act: .remove, thing: $0.thing(of: account)) }
    }

    /// Adds the step that creates a token. Where `requester` may create none, it is checked as the operator's, and a note
    /// says who may.
    private func addNew(
        _ wanted: WantedState.Token, of account: Subject, to plan: inout StatePlan, at place: String,
        by requester: Requester
    ) async throws(DeskFault) {
        do throws(DeskFault) {
            try requester.refuse(.createToken)
            plan.steps.append(try await step(creating: wanted, of: account, by: requester))
        } catch .forbidden(let refusal) where requester.isToken {
            var step = try await step(creating: wanted, of: account, by: .commandLine)
            step.isRefused = true
            plan.steps.append(step)
            plan.notes.append(
                .init(place: place, fault: FieldFault("", refusal.withoutFullStop, isWhole: true)))
        }
    }

    private func step(
        creating wanted: WantedState.Token, of account: Subject, by requester: Requester
    ) async throws(DeskFault) -> StatePlan.Step {
        let checked = try await tokens.checked(wanted.new, for: account, by: requester)
        var changes: [StatePlan.FieldChange] = [
            .init(field: "scopes", from: nil, to: .list(checked.scopes.list.map(\.text)))
        ]
        if !checked.addresses.isEmpty {
            changes.append(
                .init(field: "addresses", from: nil, to: .list(checked.addresses.map(\.description))))
        }
        if let expiry = wanted.expiry {
            changes.append(.init(field: "expires_at", from: nil, to: .text(expiry.text)))
        }
        return .init(
            act: .add,
            thing: .token(name: checked.name.text, account: account.login.text, id: nil), changes: changes)
    }

    private func change(
        _ token: Token, to wanted: WantedState.Token, of account: Subject, by requester: Requester
    ) async throws(DeskFault) -> StatePlan.Step? {
        let edit = TokenEdit(
            name: wanted.name.isExactly(token.name.text) ? nil : wanted.name, scopes: wanted.scopes,
            addresses: wanted.addresses, expiry: wanted.expiry)
        let edited = try await tokens.edited(token, of: account, edit, by: requester)
        let fields: [(String, StatePlan.FieldChange.Value, StatePlan.FieldChange.Value)] = [
            ("name", .text(token.name.text), .text(edited.name.text)),
            (
                "scopes", .list(token.scopes.list.map(\.text)), .list(edited.scopes.list.map(\.text))
            ),
            (
                "addresses", .list(token.addresses.map(\.description)),
                .list(edited.addresses.map(\.description))
            ),
            ("expires_at", .text(token.expiresAt?.rfc3339), .text(edited.expiresAt?.rfc3339)),
        ]
        let changes = fields.filter { !$0.2.isSame(as: $0.1) }.map { field, from, to in
            StatePlan.FieldChange(field: field, from: from, to: to)
        }
        guard !changes.isEmpty else { return nil }
        return .init(act: .change, thing: token.thing(of: account), changes: changes)
    }
}

extension WantedState.Token {
    /// It as a token that somebody asks for.
    fileprivate var new: TokenDesk.NewToken {
        var end: Timestamp?
        if case .at(let moment)? = expiry { end = moment }
        return TokenDesk.NewToken(
            name: name, scopes: scopes, addresses: addresses ?? [], expiresAt: end,
            neverExpires: expiry == .never)
    }
}

extension TokenEdit.Expiry {
    /// As the API takes it for a new token.
    fileprivate var text: String {
        switch self {
        case .never: "never"
        case .at(let moment): moment.rfc3339
        }
    }
}

extension Token {
    fileprivate func thing(of account: Subject) -> StatePlan.Step.Thing {
        .token(name: name.text, account: account.login.text, id: id)
    }
}
