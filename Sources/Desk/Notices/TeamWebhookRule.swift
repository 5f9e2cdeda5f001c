/// Where stewards may have the notices of a service account posted: by https, to a host that the operator allowed.
public struct TeamWebhookRule: Hashable, Sendable {
    public let hosts: [String]

    /// What the signing secrets of such webhooks are sealed for.
    public static let purpose = "team webhooks"
    /// The most characters of an address.
    static let limit = 500

    public init(hosts: [String] = []) {
        self.hosts = hosts.map { $0.lowercased() }
    }

    /// Whether no steward may set a webhook.
    public var allowsNone: Bool { hosts.isEmpty }

    /// Whether `url` is such an address.
    public func allows(_ url: String) -> Bool { fault(of: url) == nil }

    /// What is wrong with an address, as a sentence that follows “the address”; `nil` where it is allowed.
    public func fault(of url: String) -> String? {
        guard url.utf8.count <= Self.limit, url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            return "has at most \(Self.limit) characters, without spaces"
        }
        guard url.hasPrefix("https://") else { return "must begin with https://" }
        let authority = url.dropFirst("https://".count).prefix { !"/?#\\".contains($0) }
        guard !authority.contains("@") else { return "must not hold a user name" }
        let host = authority.prefix { $0 != ":" }.lowercased()
        guard hosts.contains(host) else {
            return allowsNone
                ? "cannot be set, since the operator allows no host (`notices.team_webhooks.allowed`)"
                : "must be at one of the hosts that the operator allows: \(hosts.joined(separator: ", "))"
        }
        return nil
    }
}
