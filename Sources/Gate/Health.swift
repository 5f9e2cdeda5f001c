public import HTTPServer
public import Ledger

/// Whether the process is alive, and whether it is able to verify.
public enum Health {
    /// `/healthz`, and `/readyz`, which is 503 for as long as `index` does not know all tokens, or what it
    /// knows is not current. Where `uses` cannot be written it says so, and is 200: what it knows is right,
    /// and whoever took this node out of service for that would refuse everyone.
    public static func addRoutes(
        to router: inout Router, index: TokenIndex, freshness: Freshness = .always, uses: UseRecorder
    ) {
        router.on("GET", "/healthz") { _ in answer(200, "ok") }
        router.on("GET", "/readyz") { _ in
            let progress = index.progress
            if !progress.isWhole { return answer(503, "starting: \(progress)", retryAfter: "5") }
            guard freshness.isCurrent else {
                return answer(
                    503, "stale: not all that other nodes changed may be known here; the log says why",
                    retryAfter: "1")
            }
            return answer(
                200, uses.isFailing ? "ok, though nothing can be written: the log says why" : "ok")
        }
    }

    private static func answer(_ status: Int, _ word: String, retryAfter: String? = nil) -> Response {
        var headers: Headers = ["Cache-Control": "no-store"]
        if let retryAfter { headers["Retry-After"] = retryAfter }
        return Response(status: status, .plain, word + "\n", headers: headers)
    }
}
