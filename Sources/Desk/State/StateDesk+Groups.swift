import Ledger
import Tokens

extension StateDesk {
    /// Adds the memberships that are missing, and to `ends` those that end.
    func addGroups(
        _ wanted: WantedState, to plan: inout StatePlan, ends: inout [StatePlan.Step],
        by requester: Requester
    ) async throws(DeskFault) {
        let prunes = wanted.prunes.contains(.groups)
        if prunes, wanted.groups.isEmpty { plan.refuse(.prunesAll("group"), at: "/prune/groups") }
        guard !wanted.groups.isEmpty else { return }
        let everyone = try await people.everyone(SubjectQuery(.person, now: clock.now)).map(\.subject)
        let known = Dictionary(
            everyone.map { (ExactText($0.login.folded), $0) }, uniquingKeysWith: { first, _ in first })
        var members: Set<Membership> = []
        var names: [String] = []
        for (index, group) in wanted.groups.enumerated() {
            let place = "/groups/\(index)"
            if names.containsExactly(group.name) {
                plan.refuse(.named(group.name, "group"), at: place)
                continue
            }
            names.append(group.name)
            for fault in GroupChange.faults(of: [group.name]) { plan.refuse(fault, at: place) }
            for (index, login) in group.members.enumerated() {
                let place = "\(place)/members/\(index)"
                guard let person = known[ExactText(login.folded)] else {
                    plan.refuse(try await fault(ofMember: login), at: place)
                    continue
                }
                members.insert(Membership(group: ExactText(group.name), person: person.id))
                guard !person.groups.containsExactly(group.name) else { continue }
                do throws(DeskFault) {
                    try await people.refuseChange(
                        of: person, GroupChange(adding: [group.name], removing: []), by: requester)
                    plan.steps.append(
                        .init(act: .add, thing: .membership(group: group.name, login: person.login.text)))
                } catch {
                    try plan.refuse(error, at: place)
                }
            }
        }
        guard prunes else { return }
        for person in everyone where try await people.groupsRefusal(for: person) == nil {
            for group in person.groups
            where !members.contains(Membership(group: ExactText(group), person: person.id)) {
                do throws(DeskFault) {
                    try await people.refuseChange(
                        of: person, GroupChange(adding: [], removing: [group]), by: requester)
                    ends.append(
                        .init(act: .remove, thing: .membership(group: group, login: person.login.text)))
                } catch {
                    try plan.refuse(error, at: "/prune/groups")
                }
            }
        }
    }

    private struct Membership: Hashable {
        let group: ExactText
        let person: SubjectID
    }

    private func fault(ofMember login: String) async throws(DeskFault) -> FieldFault {
        let shown = login.beginning(bytes: 60)
        do throws(DeskFault) {
            _ = try await accounts.account(login: login)
        } catch .noSuchAccount {
            return FieldFault("", "there is no person “\(shown)”: use their login", isWhole: true)
        }
        return FieldFault(
            "", "“\(shown)” is a service account: its groups are a key of the account", isWhole: true)
    }
}
