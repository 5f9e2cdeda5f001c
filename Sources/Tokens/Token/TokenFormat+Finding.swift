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

    /// How much `text` resembles a secret.
    public func likeness(of text: String) -> TokenLikeness {
        let bytes = Array(text.utf8)
        return likeness(of: bytes.span)
    }
}
