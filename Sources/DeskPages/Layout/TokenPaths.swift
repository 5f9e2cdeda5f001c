import Tokens

/// The addresses of one token's pages: those of its owner below `/tokens`, or of an administrator below
/// `/admin/tokens`.
struct TokenPaths: Sendable, Hashable {
    let id: TokenID
    var isForAdministrators = false

    var page: DeskPath { isForAdministrators ? .anyToken(id) : .token(id) }
    var revoke: DeskPath { isForAdministrators ? .revokeAny(id) : .revoke(id) }
    var pause: DeskPath { isForAdministrators ? .pauseAny(id) : .pause(id) }
    var resume: DeskPath { isForAdministrators ? .resumeAny(id) : .resumeToken(id) }
    var endPrevious: DeskPath { isForAdministrators ? .endPreviousOfAny(id) : .endPrevious(id) }
    /// The list that it is in.
    var list: DeskPath { isForAdministrators ? .allTokens : .tokens }
    var navigationItem: NavigationItem { isForAdministrators ? .allTokens : .tokens }

    /// The same kind of page of another token.
    func of(_ other: TokenID) -> TokenPaths {
        TokenPaths(id: other, isForAdministrators: isForAdministrators)
    }
}
