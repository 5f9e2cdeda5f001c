public import HTTPServer

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
