import Tokens

/// The addresses of one token's pages: those of its owner or a steward below `/tokens`, or of an administrator below
/// `/admin/tokens`.
struct TokenPaths: Sendable, Hashable {
    let id: TokenID
    var isForAdministrators = false
    /// The service account that the token belongs to, where a steward manages it.
    var account: Subject?

    var page: DeskPath { isForAdministrators ? .anyToken(id) : .token(id) }
    var revoke: DeskPath { isForAdministrators ? .revokeAny(id) : .revoke(id) }
    var pause: DeskPath { isForAdministrators ? .pauseAny(id) : .pause(id) }
    var resume: DeskPath { isForAdministrators ? .resumeAny(id) : .resumeToken(id) }
    var handOver: DeskPath { isForAdministrators ? .handOverAny(id) : .handOver(id) }
    var endPrevious: DeskPath { isForAdministrators ? .endPreviousOfAny(id) : .endPrevious(id) }
    /// The list that it is in, and what that is called.
    var list: DeskPath {
        isForAdministrators ? .allTokens : account.map { .stewarded($0.id) } ?? .tokens
    }
    var listTitle: String {
        isForAdministrators ? "All tokens" : account.map { "Tokens of \($0.login)" } ?? "My tokens"
    }
    var navigationItem: NavigationItem {
        isForAdministrators ? .allTokens : account == nil ? .tokens : .stewardship
    }

    /// The same kind of page of another token.
    func of(_ other: TokenID) -> TokenPaths {
        TokenPaths(id: other, isForAdministrators: isForAdministrators, account: account)
    }
}
