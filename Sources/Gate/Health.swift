public import HTTPServer

/// Whether the process is alive, and whether it is able to verify.
public enum Health {
    /// `/healthz` and `/readyz`. The server listens only once the index is whole, so that being
    /// answered at all is being ready.
    public static func addRoutes(to router: inout Router) {
        for path in ["/healthz", "/readyz"] {
            router.on("GET", path) { _ in
                Response(.plain, "ok\n", headers: ["Cache-Control": "no-store"])
            }
        }
    }
}
