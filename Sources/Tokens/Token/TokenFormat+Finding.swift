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

extension TokenFormat {
    /// Where the secrets in `bytes` begin, in order. Fast where there are few, as in large files.
    public func positions(in bytes: Span<UInt8>) -> [Int] {
        guard bytes.count >= length else { return [] }
        let first = prefixBytes[0]
        let second = prefixBytes[1]
        var found: [Int] = []
        var start = 0
        let last = bytes.count - length
        while start <= last {
            if bytes[start] == first, bytes[start + 1] == second,
                hasForm(bytes.extracting(start..<start + length))
            {
                found.append(start)
                start += length
            } else {
                start += 1
            }
        }
        return found
    }

    /// The secret that begins at one of ``positions(in:)``.
    public func secret(in bytes: Span<UInt8>, at position: Int) -> TokenSecret? {
        guard position >= 0, position + length <= bytes.count else { return nil }
        let piece = bytes.extracting(position..<position + length)
        return hasForm(piece) ? TokenSecret(bytes: piece.copied) : nil
    }
}
