import Desk
import Tokens

/// The addresses of one token's pages: those of its owner or a steward below `/tokens`, or of an administrator below
/// `/admin/tokens`.
struct TokenPaths: Sendable, Hashable {
    let id: TokenID
    var isForAdministrators = false
    /// The service account that the token belongs to, where a steward manages it.
    var account: Subject?
    /// The list from which somebody came, to which they go back.
    var view: ListView?

    var page: DeskPath { path(.anyToken(id), .token(id)) }
    var revoke: DeskPath { path(.revokeAny(id), .revoke(id)) }
    var pause: DeskPath { path(.pauseAny(id), .pause(id)) }
    var resume: DeskPath { path(.resumeAny(id), .resumeToken(id)) }
    var handOver: DeskPath { path(.handOverAny(id), .handOver(id)) }
    var endPrevious: DeskPath { path(.endPreviousOfAny(id), .endPrevious(id)) }
    /// The list that it is in, and what that is called.
    var list: DeskPath {
        let whole = isForAdministrators ? .allTokens : account.map { DeskPath.stewarded($0.id) } ?? .tokens
        return whole.with(view)
    }
    var listTitle: String {
        isForAdministrators ? "All tokens" : account.map { "Tokens of \($0.login)" } ?? "My tokens"
    }
    var navigationItem: NavigationItem {
        isForAdministrators ? .allTokens : account == nil ? .tokens : .stewardship
    }

    /// The same kind of page of another token.
    func of(_ other: TokenID) -> TokenPaths {
        TokenPaths(id: other, isForAdministrators: isForAdministrators, account: account, view: view)
    }

    /// The pair that says that the others are a list's.
    static let viewMark = "list"

    private func path(_ any: DeskPath, _ own: DeskPath) -> DeskPath {
        let path = isForAdministrators ? any : own
        return view.map { path.with([(Self.viewMark, "1")]).with($0) } ?? path
    }
}

extension DeskPath {
    /// The address with that view of a list.
    func with(_ view: TokenFilter) -> DeskPath { with(view.pairs.map { ($0.name, $0.value) }) }
}
