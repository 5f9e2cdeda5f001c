extension TokenFormat {
    /// The first secret that stands anywhere in `text`, such as a line of a configuration file that somebody pasted;
    /// `nil` where there is none.
    public func secret(in text: String) -> TokenSecret? {
        let bytes = Array(text.utf8)
        guard bytes.count >= length else { return nil }
        for start in 0...bytes.count - length {
            let piece = bytes[start..<start + length]
            if hasForm(piece.span) { return TokenSecret(bytes: Array(piece)) }
        }
        return nil
    }

    /// All secrets that stand anywhere in `text`, in order, each once.
    public func secrets(in text: String) -> [TokenSecret] {
        let bytes = Array(text.utf8)
        var found: [TokenSecret] = []
        var known: Set<[UInt8]> = []
        var start = 0
        while start + length <= bytes.count {
            let piece = bytes[start..<start + length]
            guard hasForm(piece.span) else {
                start += 1
                continue
            }
            let secret = Array(piece)
            if known.insert(secret).inserted { found.append(TokenSecret(bytes: secret)) }
            start += length
        }
        return found
    }

    /// How much `text` resembles a secret.
    public func likeness(of text: String) -> TokenLikeness {
        let bytes = Array(text.utf8)
        return likeness(of: bytes.span)
    }
}
