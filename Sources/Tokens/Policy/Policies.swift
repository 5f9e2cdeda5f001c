/// The policies by which tokens are judged whenever they are used.
public struct Policies: Hashable, Sendable {
    /// How often owners have to sign in; `nil` where they need not.
    public var signIn: SignInPolicy?
    /// The operator's rules about tokens.
    public var tokens: TokenPolicy

    public init(signIn: SignInPolicy? = nil, tokens: TokenPolicy = TokenPolicy()) {
        self.signIn = signIn
        self.tokens = tokens
    }
}
