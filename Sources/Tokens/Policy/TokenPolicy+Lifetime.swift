/// How long new tokens may work.
extension TokenPolicy {
    /// A lifetime, and the key that sets it.
    public struct Lifetime: Hashable, Sendable {
        public let span: TimeSpan
        /// `tokens.max_lifetime`.
        public let key: String
    }

    /// The longest lifetime of a token for these services, and of one for none; the shortest where there are several.
    public func maxLifetime(for services: some Sequence<ServiceName>) -> Lifetime? {
        shortest("max_lifetime", for: services, \.maxLifetime)
    }

    /// The lifetime of a token for these services of which nobody chose an expiry: the shortest default, and never more
    /// than the longest lifetime that is allowed.
    public func defaultLifetime(for services: some Sequence<ServiceName>) -> Lifetime? {
        let names = Array(services)
        let limit = maxLifetime(for: names)
        guard let standard = shortest("default_lifetime", for: names, \.defaultLifetime) else { return limit }
        return limit.map { $0.span < standard.span ? $0 : standard } ?? standard
    }

    private func shortest(
        _ key: String, for services: some Sequence<ServiceName>, _ span: (TokenRules) -> TimeSpan?
    ) -> Lifetime? {
        var shortest = span(all).map { Lifetime(span: $0, key: Self.key(key, in: nil)) }
        for service in services {
            guard let found = self.services[service].flatMap(span), found < shortest?.span ?? .longest else {
                continue
            }
            shortest = Lifetime(span: found, key: Self.key(key, in: service))
        }
        return shortest
    }
}

extension TimeSpan {
    fileprivate static let longest = TimeSpan(milliseconds: .max)

    /// As people say it, in the largest unit that fits: `365 days`, `1 hour`.
    public var longWords: String {
        let units: [(name: String, seconds: Int64)] = [
            ("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1),
        ]
        let unit = units.first { seconds != 0 && seconds % $0.seconds == 0 } ?? ("second", 1)
        let count = seconds / unit.seconds
        return "\(count) \(unit.name)\(count == 1 ? "" : "s")"
    }
}
