public import HTTPServer
public import Ledger
import Synchronization

/// Whether a node is able to verify and goes on to be: what `/readyz`, `jeton ready` and monitoring tell.
public final class Readiness: Sendable {
    /// How a node stands.
    public enum State: Hashable, Sendable {
        /// It verifies.
        case ready
        /// It does not know all tokens yet.
        case starting(LoadingProgress)
        /// It may not know all that other nodes changed.
        case stale
        /// It verifies, and is about to stop.
        case draining
    }

    private let index: TokenIndex
    private let freshness: Freshness
    private let isDraining = Atomic(false)

    /// A node that knows what is in `index`, for as long as that is current.
    public init(index: TokenIndex, freshness: Freshness = .always) {
        self.index = index
        self.freshness = freshness
    }

    /// How it stands now.
    public var state: State {
        if isDraining.load(ordering: .relaxed) { return .draining }
        let progress = index.progress
        if !progress.isWhole { return .starting(progress) }
        return freshness.isCurrent ? .ready : .stale
    }

    /// Says from now on that it is about to stop.
    public func drain() {
        isDraining.store(true, ordering: .relaxed)
    }
}

/// Whether the process is alive, and whether it is able to verify.
public enum Health {
    /// `/healthz`, and `/readyz`, which is 503 where `readiness` says that this node should not be asked. Where
    /// `uses` cannot be written it says so, and is 200: what it knows is right, and whoever took this node out
    /// of service for that would refuse everyone.
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
                    503, "stale: not all that other nodes changed may be known here; the log says why",
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
