public import HTTPServer
import Synchronization
public import TokenIndex

/// Whether a node can verify and will go on to: shown by `/readyz`, `jeton ready` and the metric `jeton_ready`.
public final class Readiness: Sendable {
    public enum NodeState: Hashable, Sendable {
        case ready
        /// Tokens are still being loaded.
        case starting(LoadingProgress)
        /// Changes of other nodes may be missing.
        case stale
        /// The node verifies but is about to stop.
        case draining
    }

    private let index: TokenIndex
    private let staleness: Staleness
    private let isDraining = Atomic(false)

    public init(index: TokenIndex, staleness: Staleness = .always) {
        self.index = index
        self.staleness = staleness
    }

    public var state: NodeState {
        if isDraining.load(ordering: .relaxed) { return .draining }
        let progress = index.progress
        if !progress.isWhole { return .starting(progress) }
        return staleness.isCurrent ? .ready : .stale
    }

    /// Sets the state to ``NodeState/draining`` for good.
    public func drain() {
        isDraining.store(true, ordering: .relaxed)
    }
}

/// The routes for health checks.
public enum Health {
    /// Adds `/healthz` and `/readyz`, which is 503 unless `readiness` is ready.
    ///
    /// When `uses` cannot be written, `/readyz` says so but stays 200: the node still judges correctly, and taking every
    /// node out of service would refuse everyone.
    public static func addRoutes(to router: inout Router, readiness: Readiness, uses: UseRecorder) {
        router.on("GET", "/healthz", urgent: true) { _ in answer(200, "ok") }
        router.on("GET", "/readyz", urgent: true) { _ in
            switch readiness.state {
            case .ready:
                answer(200, uses.isFailing ? "ok, though nothing can be written: the log says why" : "ok")
            case .starting(let progress):
                answer(503, "starting: \(progress)", retryAfter: "5")
            case .stale:
                answer(
                    503, "stale: changes of other nodes may be missing here; the log says why",
                    retryAfter: "1")
            case .draining:
                answer(503, "draining: this node is about to stop; ask another", retryAfter: "1")
            }
        }
    }

    private static func answer(_ status: Int, _ word: String, retryAfter: String? = nil) -> Response {
        var headers: Headers = ["Cache-Control": "no-store"]
        if let retryAfter { headers["Retry-After"] = retryAfter }
        return Response(status: status, .plain, word + "\n", headers: headers)
    }
}
