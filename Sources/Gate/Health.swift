public import HTTPServer
public import Ledger

/// Whether the process is alive, and whether it is able to verify.
public enum Health {
    /// `/healthz` and `/readyz`. The server listens only once the index is whole, so that being
    /// answered at all is being alive, and, where what it knows is current, being ready.
    public static func addRoutes(to router: inout Router, freshness: Freshness = .always) {
        router.on("GET", "/healthz") { _ in answer(200, "ok") }
        router.on("GET", "/readyz") { _ in
            freshness.isCurrent
                ? answer(200, "ok")
                : answer(503, "stale: what other nodes changed is not known to the last; the log says why")
        }
    }

    private static func answer(_ status: Int, _ word: String) -> Response {
        Response(status: status, .plain, word + "\n", headers: ["Cache-Control": "no-store"])
    }
}
