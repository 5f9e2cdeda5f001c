import Glibc
import Tokens

/// What started this process and wants to know how it stands: systemd, or podman in its place.
///
/// The protocol is one datagram to the socket that `NOTIFY_SOCKET` names
/// (https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html).
struct ServiceManager: Sendable {
    /// The socket's address; `nil` where nobody wants to know.
    private let address: sockaddr_un?

    init(environment: [String: String]) {
        address = environment["NOTIFY_SOCKET"].flatMap(Self.address)
    }

    /// Tells that the server can verify from now on.
    func tellReady() {
        tell("READY=1")
    }

    /// Tells that the server stops, and may take that long for it from now on, whatever the unit says.
    func tellStopping(within time: TimeSpan) {
        tell("STOPPING=1\nEXTEND_TIMEOUT_USEC=\(time.milliseconds * 1000)")
    }

    /// Who does not listen is not waited for.
    private func tell(_ text: String) {
        guard var address else { return }
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        let message = Array(text.utf8)
        let length = Self.length(of: address)
        _ = withUnsafePointer(to: &address) { local in
            local.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(
                    descriptor, message, message.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT),
                    $0, length)
            }
        }
    }

    /// A path, or a name behind `@` that stands for a first byte of zero (unix(7), "abstract").
    private static func address(_ name: String) -> sockaddr_un? {
        var address = sockaddr_un()
        var bytes = Array(name.utf8)
        guard let first = bytes.first, [UInt8(ascii: "/"), UInt8(ascii: "@")].contains(first),
            bytes.count < MemoryLayout.size(ofValue: address.sun_path)
        else { return nil }
        if first == UInt8(ascii: "@") { bytes[0] = 0 }
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        return address
    }

    /// An abstract name ends where the address does: bytes of zero behind it would belong to it.
    private static func length(of address: sockaddr_un) -> socklen_t {
        let name = withUnsafeBytes(of: address.sun_path) { path in
            path.lastIndex { $0 != 0 }.map { $0 + 1 } ?? 0
        }
        return socklen_t(MemoryLayout<sa_family_t>.size + name)
    }
}
