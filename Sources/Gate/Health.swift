public import HTTPServer
public import Ledger

/// Whether the process is alive, and whether it is able to verify.
public enum Health {
    /// `/healthz`, and `/readyz`, which is 503 for as long as `index` does not know all tokens, or what it
    /// knows is not current.
    public static func addRoutes(to router: inout Router, index: TokenIndex, freshness: Freshness = .always) {
        router.on("GET", "/healthz") { _ in answer(200, "ok") }
        router.on("GET", "/readyz") { _ in
            let progress = index.progress
            if !progress.isWhole { return answer(503, "starting: \(progress)", retryAfter: "5") }
            if freshness.isCurrent { return answer(200, "ok") }
            return answer(
                503, "stale: not all that other nodes changed may be known here; the log says why",
                retryAfter: "1")
        }
    }

    private static func answer(_ status: Int, _ word: String, retryAfter: String? = nil) -> Response {
        var headers: Headers = ["Cache-Control": "no-store"]
        if let retryAfter { headers["Retry-After"] = retryAfter }
        return Response(status: status, .plain, word + "\n", headers: headers)
    }
}
