public import HTTPServer
public import Ledger

/// Whether the process is alive, and whether it is able to verify.
public enum Health {
    /// `/healthz`, and `/readyz`, which is 503 for as long as `index` does not know all tokens.
    public static func addRoutes(to router: inout Router, index: TokenIndex) {
        router.on("GET", "/healthz") { _ in
            Response(.plain, "ok\n", headers: ["Cache-Control": "no-store"])
        }
        router.on("GET", "/readyz") { _ in
            let progress = index.progress
            var headers: Headers = ["Cache-Control": "no-store"]
            if progress.isWhole { return Response(.plain, "ok\n", headers: headers) }
            headers["Retry-After"] = "5"
            return Response(status: 503, .plain, "starting: \(progress)\n", headers: headers)
        }
    }
}
