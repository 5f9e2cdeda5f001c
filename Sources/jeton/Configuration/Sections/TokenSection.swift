import Tokens

extension ConfigurationKey {
    static let tokenPrefix: [ConfigurationKey] = [
        .one(
            "token_prefix", .tokenPrefix, default: TokenFormat.standard.prefix,
            "What every token begins with. **Changing it stops every existing token from working.**"
        ) { $0.tokenFormat = $1 },
        .one(
            "reused_secrets", .reuse, default: "report",
            "What happens when a secret that has ended, since its token was rotated, is used to rotate the token "
                + "again: one of two who hold it has stolen it. `report` refuses it and adds an event, as for "
                + "any use of such a secret; `revoke` also revokes the token."
        ) { $0.revokesReused = $1 },
    ]
}

extension ValueParser<Bool> {
    fileprivate static let reuse = ValueParser(
        "`report` or `revoke`", expected: "report or revoke", schema: .words(["report", "revoke"])
    ) { text in
        ["report": false, "revoke": true][text]
    }
}

extension ValueParser<TokenFormat> {
    fileprivate static let tokenPrefix = ValueParser(
        "`a-z` and `0-9`, a letter first, then `_`",
        expected: "1 to 15 of a-z and 0-9, a letter first, then _, such as acme_",
        read: { TokenFormat(prefix: $0) })
}
