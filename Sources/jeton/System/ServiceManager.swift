import Glibc
import Tokens

/// The service manager that started this process and is notified of its state: systemd, or podman.
///
/// The protocol is one datagram to the socket that `NOTIFY_SOCKET` names
/// (https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html).
struct ServiceManager: Sendable {
    /// The socket's address; `nil` without a service manager.
    private let address: sockaddr_un?
    /// The descriptors of the sockets that it opened for this process and keeps open: see ``PassedSockets``.
    let descriptors: Range<Int32>

    init(environment: [String: String]) {
        address = environment["NOTIFY_SOCKET"].flatMap(Self.address)
        descriptors = Self.passedDescriptors(environment, to: getpid())
    }

    /// The descriptors that the process got with `LISTEN_FDS`, which are for the process of `LISTEN_PID` alone
    /// (https://www.freedesktop.org/software/systemd/man/latest/sd_listen_fds.html).
    static func passedDescriptors(_ environment: [String: String], to process: Int32) -> Range<Int32> {
        let first: Int32 = 3
        guard environment["LISTEN_PID"].flatMap({ Int32($0) }) == process,
            let count = environment["LISTEN_FDS"].flatMap({ Int32($0) }), (1...1024).contains(count)
        else { return first..<first }
        return first..<first + count
    }

    /// Notifies that the server is ready.
    func notifyReady() {
        notify("READY=1")
    }

    /// Notifies that the server is stopping, and may take `time` from now, whatever `TimeoutStopSec=` is.
    func notifyStopping(within time: TimeSpan) {
        notify("STOPPING=1\nEXTEND_TIMEOUT_USEC=\(time.milliseconds * 1000)")
    }

    /// Sends without blocking, and ignores errors.
    private func notify(_ text: String) {
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

    /// Parses a path, or an abstract name, where `@` stands for a leading zero byte (unix(7)).
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

    /// The length without trailing zero bytes, which would be part of an abstract name.
    private static func length(of address: sockaddr_un) -> socklen_t {
        let name = withUnsafeBytes(of: address.sun_path) { path in
            path.lastIndex { $0 != 0 }.map { $0 + 1 } ?? 0
        }
        return socklen_t(MemoryLayout<sa_family_t>.size + name)
    }
}
