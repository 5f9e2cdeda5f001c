internal import Memory
public import Metrics

/// Counts requests and measures response times, for monitoring.
public final class RequestFigures: Sendable {
    /// Requests that are counted together: those with one of the prefixes that no earlier route matches.
    public struct CountedRoute: Hashable, Sendable {
        let name: String
        let prefixes: [[UInt8]]

        /// `name` is the value of the label `route`.
        public init(_ name: String, _ prefixes: String...) {
            self.name = name
            self.prefixes = prefixes.map { Array($0.utf8) }
        }
    }

    /// Counted by the first digit of the status.
    private static let statuses = 6
    /// One in so many responses of handlers is measured. Tens of thousands come in a second, and reading the clock for
    /// each would cost a percent.
    static let sampled: UInt64 = 64

    private let routes: [CountedRoute]
    /// The prefixes in order, with their routes.
    private let prefixes: [(bytes: [UInt8], route: Int)]
    private let durations: Durations
    private let answers: ShardedCounters

    /// Counts by `routes`, and other requests as `other`. Responses of handlers count for the first route.
    public init(_ routes: [CountedRoute], shards: Int) {
        self.routes = routes + [CountedRoute("other", "")]
        prefixes = routes.enumerated().flatMap { number, route in
            route.prefixes.map { (bytes: $0, route: number) }
        }
        durations = Durations(classes: self.routes.count, shards: shards)
        answers = ShardedCounters(self.routes.count * Self.statuses, shards: shards)
    }

    /// Counts a response without blocking. Returns its route if ``add(_:of:shard:)`` should be called, which is for one in
    /// ``sampled`` responses of handlers and for all others.
    func count(_ target: Span<UInt8>, _ outcome: ServedResponse, shard: Int) -> Int? {
        let route = outcome.isHandled ? 0 : number(of: target)
        let status = min(max(outcome.prepared.status / 100, 0), Self.statuses - 1)
        let count = answers.add(at: route * Self.statuses + status, shard: shard)
        return outcome.isHandled && count % Self.sampled != 1 ? nil : route
    }

    /// Adds the time that a response of a route took.
    func add(_ nanoseconds: Int64, of route: Int, shard: Int) {
        durations.add(nanoseconds, of: route, shard: shard)
    }

    private func number(of target: Span<UInt8>) -> Int {
        for (prefix, route) in prefixes where target.begins(with: prefix.span) { return route }
        return routes.count - 1
    }

    public var metrics: [Metric] {
        let answered = routes.enumerated().flatMap { number, route in
            (2..<Self.statuses).map { status in
                Metric.Sample(
                    Double(answers[number * Self.statuses + status]),
                    [.init("route", route.name), .init("status", "\(status)xx")])
            }
        }
        return [
            Metric("jeton_http_requests_total", .counter, "HTTP requests that were answered", answered),
            Metric(
                "jeton_http_request_duration_seconds", .histogram,
                "Time from a request's complete head until its answer was handed over to be sent, of one in "
                    + "\(Self.sampled) verdicts and of every other answer",
                routes.enumerated().flatMap { number, route in
                    durations.samples(of: number, [.init("route", route.name)])
                }),
        ]
    }
}

extension Span<UInt8> {
    fileprivate func begins(with other: Span<UInt8>) -> Bool {
        guard count >= other.count else { return false }
        for index in other.indices where self[index] != other[index] { return false }
        return true
    }
}
