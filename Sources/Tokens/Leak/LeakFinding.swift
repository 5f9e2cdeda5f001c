/// What a scanner found in one place: secrets, and where.
public struct LeakFinding: Sendable {
    public let secrets: [TokenSecret]
    /// The address or path of the place; empty where it is not known. It contains no secret.
    public let url: String
    /// The kind of place in the scanner's word, such as `commit`; may be empty.
    public let source: String

    /// The most bytes of ``url`` and ``source``.
    public static let urlLimit = 500, sourceLimit = 60

    /// The secrets of `format` that stand anywhere in `texts`, each once.
    public init(in texts: [String], at url: String, source: String, format: TokenFormat) {
        var known: Set<TokenDigest> = []
        secrets = texts.flatMap { format.secrets(in: $0) }.filter { known.insert($0.digest).inserted }
        self.url = format.place(url).beginning(bytes: Self.urlLimit)
        self.source = format.place(source).beginning(bytes: Self.sourceLimit)
    }
}

extension TokenFormat {
    /// `text` with `…` in place of every secret.
    public func blotting(_ text: String) -> String {
        let secrets = secrets(in: text)
        return secrets.reduce(text) { $0.replacing($1.reveal(), with: "…") }
    }

    /// The name of a place, as it may be stored: without secrets, without who signs in (`https://LOGIN:PASSWORD@HOST/`),
    /// and in one line without characters that change how others are shown.
    public func place(_ text: String) -> String {
        let plain = String(
            blotting(text).unicodeScalars.map { scalar in
                switch scalar.properties.generalCategory {
                case .control, .format, .lineSeparator, .paragraphSeparator: " "
                default: Character(scalar)
                }
            })
        guard let scheme = plain.firstRange(of: "://") else { return plain }
        let rest = plain[scheme.upperBound...]
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard let at = authority.lastIndex(of: "@") else { return plain }
        return String(plain[..<scheme.upperBound] + rest[rest.index(after: at)...])
    }
}
