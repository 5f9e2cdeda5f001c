public import Ledger
public import Tokens

/// What handing a token over would do, before anybody confirms it.
public struct HandOverPreview: Hashable, Sendable {
    public let token: Token
    /// The person whose token it is.
    public let owner: Subject
    public let account: Subject
    /// What the token may still do, and what it loses.
    public let scopes: HandedScopes
    /// Whether a steward of the account has to agree first.
    public let needsConsent: Bool
    /// The moment from which its secret is refused unless it is rotated; `nil` while its owner has not left.
    public let rotationDue: Timestamp?
}

/// Who knows a token's secret from the time before it was handed over.
public struct FormerOwner: Hashable, Sendable {
    public let handOver: HandOver
    public let person: Subject
    /// The moment from which the secret is refused unless it is rotated; `nil` while that person has not left.
    public let rotationDue: Timestamp?
}

/// Giving people's tokens to service accounts, so that nothing breaks when somebody leaves.
///
/// The secret stays the same, so that what uses it goes on; the account's stewards rotate it when they have the time, and
/// within the grace once its former owner has left. A leaked token must not be able to put itself out of its owner's
/// reach, so only a person at a browser and the operator hand over.
extension TokenDesk {
    /// The accounts that `requester` may hand tokens to at once: an administrator and the operator all of them, others
    /// those whose steward they are.
    public func recipients(for requester: Requester) async throws(DeskFault) -> [Subject] {
        guard !requester.isToken else { return [] }
        let all = try await read { () throws(LedgerError) in try await ledger.accounts() }
        return all.filter { requester.mayGive(to: $0) }
    }

    /// The accounts whose stewards can be asked to take a token.
    public func accountsToAsk(by requester: Requester) async throws(DeskFault) -> [Subject] {
        guard !requester.isToken else { return [] }
        let all = try await read { () throws(LedgerError) in try await ledger.accounts() }
        return all.filter { !requester.mayGive(to: $0) }
    }

    /// What handing a token over would do. Throws what ``handOver(_:of:to:name:expecting:by:)`` throws.
    public func handOverPreview(
        of id: TokenID, of owner: Subject?, to login: String, asking isAsked: Bool = false,
        by requester: Requester
    ) async throws(DeskFault) -> HandOverPreview {
        try requester.refuse(.handOver)
        try refuseTokens(requester)
        let token = try await handable(id, of: owner)
        let person = try await read { () throws(LedgerError) in try await ledger.subject(token.owner) }
        guard let person, person.isPerson else {
            throw .forbidden("This token belongs to a service account already.")
        }
        let account = try await recipient(login)
        let needsConsent = !requester.mayGive(to: account)
        guard isAsked || !needsConsent else {
            throw .forbidden(
                "You are not a steward of \(account.login): ask its stewards, with a reason.")
        }
        let scopes = HandedScopes(of: token.scopes, from: person, to: account, services: services)
        guard scopes.scopes != nil else { throw .invalid([scopes.fault(at: account)]) }
        let mark = HandOver(from: person.id, at: clock.now)
        return HandOverPreview(
            token: token, owner: person, account: account, scopes: scopes, needsConsent: needsConsent,
            rotationDue: mark.rotationDue(of: person, grace: try await tokenPolicy().grace))
    }

    /// Gives a token of `owner`, or of anybody if that is `nil`, to the service account of that login, with all its
    /// secrets and what was exchanged for it. Returns it as it now is. It keeps its name unless `name` is given.
    ///
    /// - Parameter expected: what was shown that the token may still do. Where it has changed since, nothing is done.
    /// - Throws: ``DeskFault/invalid(_:)`` with the faults of all fields, ``DeskFault/forbidden(_:)`` where the requester
    ///   may not do this, ``DeskFault/notActive`` where the token has ended.
    @discardableResult
    public func handOver(
        _ id: TokenID, of owner: Subject?, to login: String, name: String? = nil,
        expecting expected: Scopes? = nil, by requester: Requester
    ) async throws(DeskFault) -> Token {
        let preview = try await handOverPreview(of: id, of: owner, to: login, by: requester)
        let (token, account, now) = (preview.token, preview.account, clock.now)
        var check = NewTokenCheck(offered: nil)
        let newName = name.flatMap { check.name($0, format: format) }
        guard check.faults.isEmpty else { throw .invalid(check.faults) }
        guard let scopes = preview.scopes.scopes, expected == nil || expected == scopes else {
            throw .ledger(.changedMeanwhile)
        }
        let handingOver = HandingOver(of: token, to: account.id, name: newName, scopes: scopes, at: now)
        let event = event(
            .tokenHandedOver, token, requester, at: now,
            detail: "\(handingOver.name), to \(account.login), for \(scopes.list.words)")
        do throws(LedgerError) {
            return try await ledger.handOver(handingOver, event: event)
        } catch {
            guard error == .noSuchSubject else { throw fault(error) }
            throw .invalid([.noSuchRecipient])
        }
    }

    /// Who knows the current secret of a token that was handed over; `nil` where it was not, or was rotated since.
    public func formerOwner(of token: Token) async throws(DeskFault) -> FormerOwner? {
        guard let handOver = token.handOver else { return nil }
        let person = try await read { () throws(LedgerError) in try await ledger.subject(handOver.from) }
        guard let person else { return nil }
        let due = handOver.rotationDue(of: person, grace: try await tokenPolicy().grace)
        return FormerOwner(handOver: handOver, person: person, rotationDue: due)
    }

    /// The tokens of somebody who has left that tools used in the last 30 days, which are refused now; empty for anybody
    /// else.
    public func leftInUse(by person: Subject) async throws(DeskFault) -> [ListedToken] {
        guard person.isPerson, person.leftAt != nil else { return [] }
        let since = clock.now - .days(30)
        return try await working(of: person.id).filter { listed in
            listed.token.isLasting && listed.lastUse.map { $0.lastAt >= since } ?? false
        }
    }

    /// A token that can be handed over.
    private func handable(_ id: TokenID, of owner: Subject?) async throws(DeskFault) -> Token {
        let token = try await token(id, of: owner)
        guard token.isLasting else {
            throw .forbidden(
                "A program got this token in exchange for another: hand that one over, and this one goes with it."
            )
        }
        guard token.id == id, token.isWorking(at: clock.now) else { throw .notActive }
        return token
    }

    private func recipient(_ login: String) async throws(DeskFault) -> Subject {
        let known = try? Login(login)
        let found = try await read { () throws(LedgerError) -> Subject? in
            guard let known else { return nil }
            return try await ledger.subject(login: known)
        }
        guard let found, !found.isPerson else { throw .invalid([.noSuchRecipient]) }
        return found
    }

    private func refuseTokens(_ requester: Requester) throws(DeskFault) {
        guard !requester.isToken else {
            throw .forbidden("A token cannot hand over tokens: sign in at the desk, and do it there.")
        }
    }
}

extension Requester {
    /// Whether it may give tokens to `account` without asking anybody.
    fileprivate func mayGive(to account: Subject) -> Bool {
        switch means {
        case .token, .client: false
        case .commandLine: true
        case .session:
            subject.map { $0.isAdministrator || account.isStewarded(by: $0) } ?? false
        }
    }
}

extension FieldFault {
    /// There is no account of that login.
    static let noSuchRecipient = FieldFault(
        "account", "there is no such service account: use the login of one", isWhole: true)
}

extension HandedScopes {
    /// Why nothing would be left at `account`, and what to do.
    fileprivate func fault(at account: Subject) -> FieldFault {
        let words =
            if lost.contains(where: { $0.loss == .account }) {
                "\(account.login) may use none of the services of this token: an administrator gives it the services "
                    + "and groups for them first"
            } else if lost.contains(where: { $0.loss != .atDesk }) {
                "the token’s owner may use none of its services any more, so that nothing would be left of it: create "
                    + "a token for \(account.login) instead"
            } else {
                "this token is for the desk itself, which is for people: create a token for \(account.login) instead"
            }
        return FieldFault("account", words, isWhole: true)
    }
}

extension [Scope] {
    /// The scopes for an event, not too long.
    fileprivate var words: String {
        let text = map(\.text).joined(separator: " ")
        let beginning = text.beginning(bytes: 200)
        return beginning == text ? text : beginning + "…"
    }
}
