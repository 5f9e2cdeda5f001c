/// Where people find tokens at the desk, for the text of denials.
public struct DeskAddress: Hashable, Sendable {
    private let publicURL: String

    /// - Parameter publicURL: the desk's public URL, without a slash at its end.
    public init(publicURL: String) {
        self.publicURL = publicURL
    }

    /// My Tokens: `https://tokens.example.com/tokens`.
    public var myTokens: String { "\(publicURL)/tokens" }

    /// The list with the tokens of `owner`: the page of a service account, My Tokens for anybody else. The form for a
    /// new token is `/new` below it.
    public func tokens(of owner: Subject?) -> String {
        guard let owner, !owner.isPerson else { return myTokens }
        return "\(publicURL)/accounts/\(owner.id)"
    }
}
