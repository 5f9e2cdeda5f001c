extension Login {
    /// What tools write where a login goes and they have none to give; the token alone then says whose it is.
    /// Folded.
    ///
    /// No account was ever called by one of the first, so that with a password they name nobody. By the
    /// others somebody may be called who was here before they stood in this table.
    static let neverAnybody: Set<String> = ["__token__", "token", "oauth2", "x-access-token"]
    private static let rarelyAnybody: Set<String> = [
        "oauth-user", "oauth2accesstoken", "x-token-auth", "gitlab-ci-token", "personalaccesstoken",
        "<token>",
        "x-oauth-basic", "jwt", "git",
    ]
    private static let words = neverAnybody.union(rarelyAnybody)

    /// Whether a login of this folded form is one that tools send with anybody's token.
    static func isSentByTools(_ folded: String) -> Bool { words.contains(folded) }

    /// Whether tools send it with anybody's token, so that no new account may have it.
    public var isSentByTools: Bool { Self.isSentByTools(folded) }

    /// Takes `text` where an account that is new, or is renamed, can have it as its login.
    public init(new text: String) throws(TextFault) {
        try self.init(text)
        try mayBeNew()
    }

    /// Throws ``TextFault/sentByTools(_:)`` where no account may newly be called so.
    public func mayBeNew() throws(TextFault) {
        guard !isSentByTools else { throw .sentByTools(text) }
    }
}
