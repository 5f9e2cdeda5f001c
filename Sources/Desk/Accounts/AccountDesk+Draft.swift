public import Tokens

extension AccountDesk {
    /// An account as somebody would type it now, to be edited.
    public func draft(of subject: Subject) async throws(DeskFault) -> AccountDraft {
        guard let account = subject.account else { throw .noSuchAccount }
        return AccountDraft(subject, account, named: try await named(in: account))
    }
}

extension AccountDraft {
    /// An account as somebody would type it now. Of the people who are `named` as stewards, those whose account was ended
    /// are left out, since their login may be somebody else's by now.
    public init(_ subject: Subject, _ account: ServiceAccount, named: [Subject]) {
        self.init(
            login: subject.login.text, title: subject.name, purpose: account.purpose, owners: account.owners,
            stewards: named.filter { $0.endedAt == nil }.map(\.login.text), groups: subject.groups,
            services: account.services.map(\.text), addresses: account.addresses.map(\.description),
            reviewOn: account.reviewOn)
    }
}
