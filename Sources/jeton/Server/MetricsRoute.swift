import HTTPServer
import Metrics
import Tokens

/// `GET /metrics`.
struct MetricsRoute: Sendable {
    private let allowed: [AddressRange]?
    private let trustedProxies: [AddressRange]
    private let metrics: @Sendable () -> [Metric]

    /// Metrics for clients in `allowed`, or for anybody who reaches the socket (`nil`).
    init(
        for allowed: [AddressRange]?, trusting proxies: [AddressRange],
        metrics: @escaping @Sendable () -> [Metric]
    ) {
        self.allowed = allowed
        trustedProxies = proxies
        self.metrics = metrics
    }

    func add(to router: inout Router) {
        router.on("GET", "/metrics", urgent: true) { answer($0) }
    }

    private func answer(_ request: Request) -> Response {
        guard mayRead(request) else {
            return Response(
                status: 403, .plain,
                "metrics are only for the addresses in `metrics.allow`: add yours there\n",
                headers: ["Cache-Control": "no-store"])
        }
        let exposition = Exposition(accept: request.headers["accept"])
        return Response(
            status: 200,
            headers: [
                "Content-Type": exposition.contentType, "Cache-Control": "no-store", "Vary": "Accept",
            ],
            body: Array(exposition.text(metrics()).utf8))
    }

    private func mayRead(_ request: Request) -> Bool {
        guard let allowed else { return true }
        guard let address = request.clientAddress(trusting: trustedProxies) else { return false }
        return allowed.contains(address)
    }
}
