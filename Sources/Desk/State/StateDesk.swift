import Ledger
public import Tokens

/// Compares a ``WantedState`` with what there is.
public struct StateDesk: Sendable {
    let accounts: AccountDesk
    let tokens: TokenDesk
    let people: PeopleDesk
    let clock: Clock

    public init(accounts: AccountDesk, tokens: TokenDesk, people: PeopleDesk, clock: Clock) {
        self.accounts = accounts
        self.tokens = tokens
        self.people = people
        self.clock = clock
    }

    /// Everything that differs, with every fault. Changes nothing.
    ///
    /// Throws ``DeskFault/forbidden(_:)`` unless `requester` may manage service accounts.
    public func plan(_ wanted: WantedState, by requester: Requester) async throws(DeskFault) -> StatePlan {
        try accounts.refuseOthers(requester)
        var plan = StatePlan()
        let present = try await accounts.accounts()
        var named: Set<Login> = []
        var ends: [StatePlan.Step] = []
        for (index, account) in wanted.accounts.enumerated() {
            let place = "/accounts/\(index)"
            if let login = try? Login(account.login), !named.insert(login).inserted {
                plan.refuse(.named(account.login, "account"), at: place)
                continue
            }
            let before = present.first { $0.login.folded.isExactly(account.login.folded) }
            let change = AccountChange(wanted: account, place: place, before: before)
            let subject = try await add(change, to: &plan, ends: &ends, by: requester)
            guard let subject, let list = account.tokens else { continue }
            let comparison = TokenComparison(
                list, of: subject, isNew: before == nil, prunes: wanted.prunes.contains(.tokens))
            ends += try await add(comparison, to: &plan, at: place, by: requester)
        }
        if wanted.prunes.contains(.accounts) {
            if wanted.accounts.isEmpty { plan.refuse(.prunesAll("account"), at: "/prune/accounts") }
            for account in present where account.suspendedAt == nil && !named.contains(account.login) {
                if account.id == requester.subject?.id { plan.refuse(.suspendsItself, at: "/prune/accounts") }
                ends.append(.init(act: .remove, thing: .account(login: account.login.text)))
            }
        }
        try await addGroups(wanted, to: &plan, ends: &ends, by: requester)
        plan.steps += ends
        return plan
    }

    // MARK: Accounts

    /// Adds what differs of an account. Returns it as it will be while its tokens change; `nil` where it has faults, or
    /// stays suspended.
    private func add(
        _ change: AccountChange, to plan: inout StatePlan, ends: inout [StatePlan.Step],
        by requester: Requester
    ) async throws(DeskFault) -> Subject? {
        let (wanted, place, before) = (change.wanted, change.place, change.before)
        var draft = AccountDraft(login: wanted.login)
        if let before { draft = try await accounts.draft(of: before) }
        let former = draft
        wanted.apply(to: &draft)
        var subject: Subject
        do throws(DeskFault) {
            if let before {
                subject = try await accounts.checked(before, as: draft)
                let changes = AccountDraft(subject, named: draft.stewards).changes(from: former)
                if !changes.isEmpty { try accounts.refuseChange(of: before, to: subject, by: requester) }
            } else {
                try await refusePerson(wanted.login)
                subject = try await accounts.checked(draft)
                try accounts.refuse(requester, groups: subject.groups)
            }
        } catch {
            try plan.refuse(error, at: place)
            return nil
        }
        var changes = AccountDraft(subject, named: draft.stewards).changes(from: before == nil ? nil : former)
        let thing = StatePlan.Step.Thing.account(login: subject.login.text)
        if subject.suspendedAt != nil, wanted.isSuspended == false {
            changes.append(.init(field: "suspended", from: .truth(true), to: .truth(false)))
            subject.suspendedAt = nil
        } else if subject.suspendedAt == nil, wanted.isSuspended == true {
            if subject.id == requester.subject?.id { plan.refuse(.suspendsItself, at: place) }
            // Afterwards, since a suspended account gets no tokens.
            let change = StatePlan.FieldChange(field: "suspended", from: .truth(false), to: .truth(true))
            ends.append(.init(act: .change, thing: thing, changes: [change]))
        }
        if before == nil || !changes.isEmpty {
            plan.steps.append(.init(act: before == nil ? .add : .change, thing: thing, changes: changes))
        }
        guard subject.suspendedAt != nil else { return subject }
        let words = "\(subject.login) is suspended, and stays so: its tokens are left as they are"
        plan.notes.append(.init(place: place, fault: FieldFault("", words, isWhole: true)))
        return nil
    }

    private func refusePerson(_ text: String) async throws(DeskFault) {
        guard let login = try? Login(text) else { return }
        do throws(DeskFault) {
            _ = try await people.person(login: login)
        } catch .noSuchPerson {
            return
        }
        throw .forbidden("\(login) is a person, and no service account.")
    }
}

/// An account that somebody wants, where it stands, and what it is now; `nil` where there is none.
private struct AccountChange {
    let wanted: WantedState.Account
    let place: String
    let before: Subject?
}

extension FieldFault {
    fileprivate static let suspendsItself = FieldFault(
        "", "this would suspend the account whose token asks for it", isWhole: true)

    static let revokesItself = FieldFault(
        "", "this would revoke the token that asks for it", isWhole: true)

    static func named(_ name: String, _ kind: String) -> FieldFault {
        FieldFault("", "the \(kind) “\(name.beginning(bytes: 60))” is named twice", isWhole: true)
    }

    static func prunesAll(_ kind: String) -> FieldFault {
        FieldFault(
            "",
            "no \(kind) is named, so this would end every one: name those that stay, or leave out prune",
            isWhole: true)
    }
}

extension AccountDraft {
    /// An account as it was checked, whose stewards are typed so.
    fileprivate init(_ subject: Subject, named stewards: [String]) {
        let account = subject.account
        self.init(
            login: subject.login.text, title: subject.name, purpose: account?.purpose ?? "",
            owners: account?.owners ?? [], stewards: stewards.uniqued(), groups: subject.groups,
            services: account?.services.map(\.text) ?? [],
            addresses: account?.addresses.map(\.description) ?? [], reviewOn: account?.reviewOn)
    }

    /// What differs from `former`; what is set at all where that is `nil`.
    fileprivate func changes(from former: AccountDraft?) -> [StatePlan.FieldChange] {
        func texts(_ draft: AccountDraft) -> [(String, StatePlan.FieldChange.Value)] {
            [
                ("title", .text(draft.title)), ("purpose", .text(draft.purpose)),
                ("owners", .list(draft.owners)), ("stewards", .list(draft.stewards.map(\.folded).sorted())),
                ("groups", .list(draft.groups)), ("services", .list(draft.services)),
                ("addresses", .list(draft.addresses)), ("review_on", .text(draft.reviewOn?.date)),
            ]
        }
        let before = former.map(texts)
        return texts(self).enumerated().compactMap { index, entry in
            let (field, to) = entry
            let from = before?[index].1
            let isSet = to != .list([]) && to != .text(nil) && to != .text(login)
            guard former == nil ? isSet : !to.isSame(as: from) else { return nil }
            return .init(field: field, from: from, to: to)
        }
    }
}

extension StatePlan.FieldChange.Value {
    /// Whether it says the same: the order of a list says nothing.
    func isSame(as other: Self?) -> Bool {
        guard case .list(let list) = self, case .list(let others)? = other else { return self == other }
        return Set(list.map(ExactText.init)) == Set(others.map(ExactText.init))
    }
}
