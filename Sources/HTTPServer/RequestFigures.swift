internal import Memory
public import Metrics

/// Counts what a server was asked, and how long its answers took.
public final class RequestFigures: Sendable {
    /// Requests that belong together: those whose path begins so, and that none before it has.
    public struct Route: Hashable, Sendable {
        let name: String
        let prefixes: [[UInt8]]

        /// A route of that name, as a label has it.
        public init(_ name: String, _ prefixes: String...) {
            self.name = name
            self.prefixes = prefixes.map { Array($0.utf8) }
        }
    }

    /// The status's first digit is what is told of it.
    private static let statuses = 6
    /// Of how many answers of handlers, which come by the ten thousand, one is measured: reading the clock for
    /// each would take a hundredth of the time.
    static let sampled: UInt64 = 64

    private let routes: [Route]
    /// The prefixes of all routes, those of the first one first.
    private let prefixes: [(bytes: [UInt8], route: Int)]
    private let durations: Durations
    private let answers: ShardedCounters

    /// Counts by those routes and, as `other`, what is of none, on that many threads. What a handler answers,
    /// and no route of a router, is counted as the first.
    public init(_ routes: [Route], shards: Int) {
        self.routes = routes + [Route("other", "")]
        prefixes = routes.enumerated().flatMap { number, route in
            route.prefixes.map { (bytes: $0, route: number) }
        }
        durations = Durations(classes: self.routes.count, shards: shards)
        answers = ShardedCounters(self.routes.count * Self.statuses, shards: shards)
    }

    /// Counts an answer. Where it is to be measured, too, the route is returned for ``add(_:of:shard:)``:
    /// that is one in ``sampled`` of those that a handler gave, and every other. Waits for nobody.
    func count(_ target: [UInt8], _ outcome: Outcome, shard: Int) -> Int? {
        let route = outcome.isHandled ? 0 : number(of: target)
        let status = min(max(outcome.prepared.response.status / 100, 0), Self.statuses - 1)
        let count = answers.add(at: route * Self.statuses + status, shard: shard)
        return outcome.isHandled && count % Self.sampled != 1 ? nil : route
    }

    /// Counts how long an answer of that route took.
    func add(_ nanoseconds: Int64, of route: Int, shard: Int) {
        durations.add(nanoseconds, of: route, shard: shard)
    }

    private func number(of target: [UInt8]) -> Int {
        for (prefix, route) in prefixes where target.span.begins(with: prefix.span) { return route }
        return routes.count - 1
    }

    /// What was counted.
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
