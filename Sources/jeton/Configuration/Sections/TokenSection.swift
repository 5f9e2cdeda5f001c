import Tokens

extension ConfigurationKey {
    static let tokenPrefix: [ConfigurationKey] = [
        .one(
            "token_prefix", .tokenPrefix, default: TokenFormat.standard.prefix,
            "What every token begins with. **Changing it stops every existing token from working.**"
        ) { $0.tokenFormat = $1 }
    ]
}

extension ValueParser<TokenFormat> {
    fileprivate static let tokenPrefix = ValueParser(
        "`a-z` and `0-9`, a letter first, then `_`",
        expected: "1 to 15 of a-z and 0-9, a letter first, then _, such as acme_",
        read: { TokenFormat(prefix: $0) })
}
