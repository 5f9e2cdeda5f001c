extension ServiceRequest {
    /// Whether a target has a query. It is what every request is asked, so it only looks for the `?`.
    public var hasQuery: Bool {
        if let original, original.hasQuestionMark { return true }
        if let forwarded, forwarded.hasQuestionMark { return true }
        if let proxyPath, proxyPath.hasQuestionMark { return true }
        if let originalURL, originalURL.hasQuestionMark { return true }
        return false
    }

    /// The digest of the first secret that stands in the query of a target; `nil` where there is none. A secret has no
    /// character that has to be encoded in a query.
    public func digestInQuery(_ format: TokenFormat) -> TokenDigest? {
        if let original, let digest = original.targetQuery.digest(format) { return digest }
        if let forwarded, let digest = forwarded.targetQuery.digest(format) { return digest }
        if let proxyPath, let digest = proxyPath.targetQuery.digest(format) { return digest }
        if let originalURL { return originalURL.targetQuery.digest(format) }
        return nil
    }
}

extension Span<UInt8> {
    fileprivate var hasQuestionMark: Bool { firstIndex(of: UInt8(ascii: "?")) != nil }

    /// The digest of the first secret in it. The checksum of a secret is computed only where the prefix stands.
    fileprivate func digest(_ format: TokenFormat) -> TokenDigest? {
        let length = format.length
        guard count >= length else { return nil }
        let first = format.prefixBytes[0]
        for start in 0...count - length where self[start] == first {
            if let digest = format.digest(of: extracting(start..<start + length)) { return digest }
        }
        return nil
    }
}
