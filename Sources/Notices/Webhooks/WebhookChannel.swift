import Curl
import JSON
public import Tokens

/// Posts notices to one endpoint by [Standard Webhooks 1.0](https://www.standardwebhooks.com).
///
/// ```text
/// POST /hook                                          204
/// webhook-id: ntc_…
/// webhook-timestamp: 1796090709
/// webhook-signature: v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=
///
/// {"type":"token.expiring","timestamp":"2026-12-01T03:05:09Z","data":{…}}
/// ```
public struct WebhookChannel: NoticeChannel {
    /// How a notice is written.
    public enum Format: String, Hashable, Sendable, CaseIterable {
        /// The body of Standard Webhooks.
        case standard
        /// [CloudEvents 1.0](https://cloudevents.io) in structured mode, with the same signature.
        case cloudEvents = "cloudevents"
    }

    /// Which addresses an endpoint may have.
    public enum Reach: Hashable, Sendable {
        /// Any, since the operator chose it.
        case any
        /// Those of the public internet only, and no proxy, since a user chose it.
        case publicOnly
    }

    private let url: String
    private let keys: [WebhookKey]
    private let format: Format
    private let reach: Reach
    private let desk: String
    private let authorities: String?
    private let clock: Clock
    private let timeout: Int

    /// Each key of `keys` signs, so that receivers may know the new one or the old one while a key is replaced. `desk` is
    /// the desk's address. The file `authorities` has the certificates to trust in place of the system's.
    public init(
        url: String, keys: [WebhookKey], format: Format = .standard, reach: Reach = .any, desk: String,
        trusting authorities: String? = nil, clock: Clock, timeout: Int = 20_000
    ) {
        (self.url, self.keys, self.format, self.reach) = (url, keys, format, reach)
        (self.desk, self.authorities, self.clock, self.timeout) = (desk, authorities, clock, timeout)
    }

    public func send(_ message: NoticeMessage) async -> DeliveryOutcome {
        guard let address = WebAddress(url) else {
            return .failed(reason: "the address is no http or https URL")
        }
        var pinned: PinnedHost?
        if reach == .publicOnly {
            let found = await address.resolve()
            guard !found.isEmpty else {
                return .failed(reason: "\(address.host) has no address")
            }
            guard found.allSatisfy({ IPAddress($0)?.isPublic == true }) else {
                return .failed(
                    reason: "\(address.host) has an address of a private network, which is refused",
                    retryAfter: nil)
            }
            pinned = PinnedHost(address, at: found)
        }
        let body = WebhookBody(message: message, desk: desk).bytes(as: format)
        do throws(HTTPClientError) {
            let answer = try await HTTPClient().send(
                "POST", url, headers: headers(message.id, body), body: body, trusting: authorities,
                pinned: pinned,
                timeout: timeout, maxBytes: 64 * 1024, truncates: true)
            return Self.outcome(of: answer)
        } catch {
            return .failed(reason: "\(error)")
        }
    }

    private func headers(_ id: String, _ body: [UInt8]) -> [HTTPClient.HeaderField] {
        let now = clock.now.seconds
        let signatures = keys.map { $0.sign(id: id, timestamp: now, body: body) }
        let type = format == .standard ? "application/json" : "application/cloudevents+json; charset=utf-8"
        return [
            .init("Content-Type", type), .init("User-Agent", "Jeton"), .init("webhook-id", id),
            .init("webhook-timestamp", "\(now)"),
            .init("webhook-signature", signatures.joined(separator: " ")),
        ]
    }

    /// What an answer means. Only 2xx is a delivery; redirects are not followed.
    static func outcome(of answer: HTTPClient.Answer) -> DeliveryOutcome {
        let retryAfter = answer.retryAfter.map { TimeSpan.seconds(Int64($0)) }
        switch answer.status {
        case 200...299: return .delivered
        case 300...399:
            return .failed(
                reason: "the answer is a redirect (\(answer.status)), which is not followed")
        case 410: return .gone(reason: "the endpoint is gone (410)")
        default:
            // Other errors of the client are about what was sent.
            let isOfChannel =
                !(400...499).contains(answer.status) || [401, 403, 404, 408, 429].contains(answer.status)
            return .failed(
                reason: "the answer has status \(answer.status)", retryAfter: retryAfter,
                isOfChannel: isOfChannel)
        }
    }
}
