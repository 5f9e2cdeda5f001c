import Tokens

/// Names of clients, each made once, since many uses come from few.
struct ClientNames {
    private let format: TokenFormat
    private var known: [String: String] = [:]

    /// No names yet; a client that names itself with something of that form stays unnamed.
    init(format: TokenFormat) {
        self.format = format
    }

    /// The client's name for people. What it says of itself is kept, so it must not hold a token.
    mutating func name(of userAgent: String) -> String {
        if let name = known[userAgent] { return name }
        let name = ClientName.of(userAgent: format.isFound(in: userAgent) ? "" : userAgent)
        known[userAgent] = name
        return name
    }
}
