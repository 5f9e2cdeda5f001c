/// Why somebody cannot decide a request, withdraw it, or do what it asks for.
public enum RequestRefusal: Error, Hashable, Sendable, CaseIterable {
    /// It is no longer open: it was decided, withdrawn or used, or it has expired.
    case settled
    /// They asked for it themselves, or it is about a token of theirs.
    case own
    /// They are none of those who can approve it.
    case notApprover
    /// They have approved it, and others still have to.
    case approvedAlready
    /// They are suspended.
    case suspended
    /// It is not approved, or not by all whose approval it needs today.
    case notApproved
    /// Only who asked may do this.
    case notRequester
}

/// Judges what becomes of a request. Each change is judged and made in one transaction of the ledger.
extension TokenRequest {
    /// Those whose approval is still missing.
    public func missing(of approvers: [Approvers]) -> [Approvers] {
        let approvals = decisions.filter(\.isApproval)
        return approvers.filter { rule in !approvals.contains(where: rule.made) }
    }

    /// Why `person` cannot approve or deny it at `now`; `nil` where they can.
    ///
    /// Whoever could approve it may deny it, also after others have approved: any denial ends it. Nobody decides their own.
    public func refusal(
        toDecide isApproval: Bool, by person: Subject, under approvers: [Approvers], at now: Timestamp
    ) -> RequestRefusal? {
        if person.id == requester || person.id == owner { return .own }
        if person.isSuspended { return .suspended }
        guard approvers.contains(where: { $0.include(person) }) else { return .notApprover }
        guard state(at: now) == .open else { return .settled }
        if isApproval, !missing(of: approvers).contains(where: { $0.include(person) }) {
            return .approvedAlready
        }
        return nil
    }

    /// Approves or denies it; `person` is `nil` for the operator on the command line, whose approval meets every rule.
    /// It is approved as soon as nobody's approval is missing.
    public mutating func decide(
        _ isApproval: Bool, by person: Subject?, saying word: String, under approvers: [Approvers],
        at now: Timestamp
    ) throws(RequestRefusal) {
        if let person {
            let refusal = refusal(toDecide: isApproval, by: person, under: approvers, at: now)
            if let refusal { throw refusal }
        } else if state(at: now) != .open {
            throw .settled
        }
        let groups = person?.groups.filter(approvers.flatMap(\.groups).containsExactly) ?? []
        decisions.append(
            Decision(by: person?.id, at: now, isApproval: isApproval, groups: groups, word: word))
        if !isApproval {
            stage = .denied
        } else if missing(of: approvers).isEmpty {
            stage = .approved
            approvedUntil = now + Self.approvalLasting
        }
    }

    /// Takes it back, also after it was approved.
    public mutating func withdraw(by person: Subject, at now: Timestamp) throws(RequestRefusal) {
        guard person.id == requester else { throw .notRequester }
        guard [.open, .approved].contains(state(at: now)) else { throw .settled }
        stage = .withdrawn
        settledAt = now
    }

    /// Notes that what it asked for was done. The rules of today must be met by the approvals that there are.
    public mutating func use(
        for token: TokenID, by person: Subject, under approvers: [Approvers], at now: Timestamp
    ) throws(RequestRefusal) {
        guard person.id == requester else { throw .notRequester }
        guard !person.isSuspended else { throw .suspended }
        switch state(at: now) {
        case .approved: break
        case .open: throw .notApproved
        default: throw .settled
        }
        guard missing(of: approvers).isEmpty else { throw .notApproved }
        stage = .used
        settledAt = now
        self.token = token
    }
}
