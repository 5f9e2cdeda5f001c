public import Ledger
internal import Memory
internal import Synchronization
public import Tokens

/// What was swept out under a clock that was ahead comes back once that is set right.
extension TokenIndex {
    /// Whether terms were let go of a token that has not expired at `now`: the clock has been set back.
    public func isMissingTerms(at now: Timestamp) -> Bool {
        latestGone.load(ordering: .acquiring) > now.milliseconds
    }

    /// Takes back, out of all that `load` reads, what is missing at `now`; where it fails, that is missing still. Not
    /// to be called by two at once, nor beside ``sweep(at:)``.
    public func takeBackTerms(
        at now: Timestamp, load: (any LedgerReader) async throws(LedgerError) -> Void
    ) async throws(LedgerError) {
        let former = latestGone.exchange(.min, ordering: .acquiringAndReleasing)
        do {
            try await load(ReturningTerms(index: self, now: now))
        } catch {
            latestGone.store(former, ordering: .releasing)
            throw error
        }
    }
}

/// Gives tokens the terms that they have in the ledger, where the index let go of them too early.
private struct ReturningTerms: LedgerReader {
    let index: TokenIndex
    let now: Timestamp

    func begin(tokens: Int) {}
    func read(_ subject: Subject) {}
    func read(_ demand: SignInDemand?) {}
    func end() {}

    func read(_ token: borrowing TokenRow) throws(LedgerError) {
        guard !token.isRevoked, let end = token.expiresAt, end > now,
            let number = index.records.find(token.digest.words)?.number
        else { return }
        guard TokenWords(index.records.words(of: number)).terms == TermsTable.gone else { return }
        let terms = try index.terms.number(scopes: token.scopes, addresses: token.addresses)
        let isTaken = index.holding.withLock { _ in
            let words = TokenWords(index.records.words(of: number))
            guard words.terms == TermsTable.gone, !words.isRevoked else { return false }
            let whole = TokenWords(
                id: words.id, isRevoked: false, owner: words.owner, terms: terms, expiresAt: words.expiresAt,
                createdAt: words.createdAt)
            index.records.store(whole.holding, at: TokenWords.holding, of: number)
            return true
        }
        if isTaken {
            index.generation.wrappingAdd(1, ordering: .acquiringAndReleasing)
        } else {
            index.terms.letGo(of: terms)
        }
    }
}
