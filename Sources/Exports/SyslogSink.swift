public import TLSClient
import Tokens

/// Sends events to a syslog server: messages of RFC 5424, over TLS (RFC 5425) or TCP (RFC 6587), with octet counting.
///
/// Syslog has no answers. Each batch is therefore a connection of its own, see ``TLSClient/Delivery``.
public struct SyslogSink: EventSink {
    private let delivery: Delivery
    /// The name of this machine, as receivers show it.
    private let hostName: String
    private let facility: Int

    public var place: String {
        "syslog at \(delivery.host):\(delivery.port) over \(delivery.trust == nil ? "TCP" : "TLS")"
    }

    /// `facility` is a number from 0 to 23 (RFC 5424, section 6.2.1).
    public init(to delivery: Delivery, from hostName: String, facility: Int) {
        self.delivery = delivery
        self.hostName = hostName
        self.facility = facility
    }

    public func send(_ events: [WrittenEvent]) async throws(ExportFault) {
        var bytes: [UInt8] = []
        for event in events {
            let message = Array(message(event).utf8)
            bytes += Array("\(message.count) ".utf8) + message
        }
        do throws(DeliveryFault) {
            try await delivery.send(bytes)
        } catch {
            throw ExportFault("\(place): \(error)")
        }
    }

    /// The severity is 4 (warning) for what was refused, and 6 (informational) for everything else.
    func message(_ event: WrittenEvent) -> String {
        var time: [UInt8] = []
        time.append(rfc3339: event.at, milliseconds: true)
        let priority = facility * 8 + (event.isRefusal ? 4 : 6)
        // The name has at most 255 printable ASCII characters, the kind at most 32.
        let name = String(hostName.unicodeScalars.filter { (0x21...0x7E).contains($0.value) }.prefix(255).map(Character.init))
        return "<\(priority)>1 \(String(decoding: time, as: UTF8.self)) \(name.isEmpty ? "-" : name) jeton - "
            + "\(event.kind.prefix(32)) - \(event.text)"
    }
}
