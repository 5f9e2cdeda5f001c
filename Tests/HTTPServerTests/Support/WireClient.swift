import Dispatch
import Glibc
import Tokens

/// A client that sends exactly the bytes it is told to. Its calls run on a queue of its own, because
/// they wait and the threads of Swift's concurrency must not.
final class WireClient: Sendable {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private let descriptor: Int32
    private let queue = DispatchQueue(label: "client")
    /// What was received and not read yet; on the queue only.
    nonisolated(unsafe) private var received: [UInt8] = []

    /// Connects to the loopback port.
    convenience init(port: UInt16) throws {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        try self.init(AF_INET, address)
    }

    /// Connects to the socket file.
    convenience init(path: String) throws {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        try self.init(AF_UNIX, address)
    }

    private init(_ family: Int32, _ address: some BitwiseCopyable) throws {
        descriptor = socket(family, Int32(SOCK_STREAM.rawValue), 0)
        // Far longer than anything here takes: a test fails then instead of hanging.
        var patience = timeval(tv_sec: 120, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(descriptor, SOL_SOCKET, option, &patience, socklen_t(MemoryLayout<timeval>.size))
        }
        let result = withUnsafeBytes(of: address) {
            connect(descriptor, $0.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count))
        }
        // The descriptor is closed by `deinit`, which runs for a client that failed here, too. Closed twice, it
        // could be somebody else's by then.
        guard result == 0 else { throw Failure(description: "connect: \(String(cString: strerror(errno)))") }
    }

    deinit {
        close(descriptor)
    }

    private func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result
    {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Swift.Result { try body() }) }
        }
    }

    func send(_ text: String) async throws {
        try await send(Array(text.utf8))
    }

    func send(_ bytes: [UInt8]) async throws {
        try await run { [self] in
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes {
                    Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard count > 0 else {
                    throw Failure(description: "send: \(String(cString: strerror(errno)))")
                }
                rest = rest.dropFirst(count)
            }
        }
    }

    /// Ends the connection without waiting for anything.
    func hangUp() {
        shutdown(descriptor, Int32(SHUT_RDWR))
    }

    /// Reads one response; `hasBody` is false for the answer to HEAD.
    func response(hasBody: Bool = true) async throws -> WireResponse {
        try await run { [self] in
            while true {
                if let (response, count) = WireResponse.parse(received, hasBody: hasBody) {
                    received.removeFirst(count)
                    return response
                }
                guard try receive() else {
                    throw Failure(
                        description: "closed before a response: \(String(decoding: received, as: UTF8.self))")
                }
            }
        }
    }

    /// Reads the first line of a response and no more than comes along with it.
    func status() async throws -> Int {
        try await run { [self] in
            var bytes = [UInt8](repeating: 0, count: 12)
            let count = recv(descriptor, &bytes, bytes.count, Int32(MSG_WAITALL))
            let words = String(decoding: bytes[..<max(count, 0)], as: UTF8.self).split(separator: " ")
            guard words.count > 1, let status = Int(words[1]) else { throw Failure(description: "no status") }
            return status
        }
    }

    /// Reads until that text came, and drops all up to its end.
    func skip(past text: String) async throws {
        try await run { [self] in
            while true {
                if let range = received.firstRange(of: Array(text.utf8)) {
                    received.removeFirst(range.upperBound)
                    return
                }
                guard try receive() else { throw Failure(description: "closed before “\(text)”") }
            }
        }
    }

    /// Reads until the server closes; returns how many bytes came before.
    func untilClosed() async throws -> Int {
        try await run { [self] in
            while try receive() {}
            return received.count
        }
    }

    /// Sends a request and reads the answer.
    func exchange(_ text: String) async throws -> WireResponse {
        try await send(text)
        return try await response(hasBody: !text.hasPrefix("HEAD "))
    }

    /// `false` where the server closed or reset the connection.
    private func receive() throws -> Bool {
        var buffer = [UInt8](repeating: 0, count: 16384)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        if count > 0 { received += buffer[..<count] }
        if count < 0, errno != ECONNRESET {
            throw Failure(description: "recv: \(String(cString: strerror(errno)))")
        }
        return count > 0
    }
}

struct WireResponse: Sendable {
    let status: Int
    let head: String
    let body: String

    func header(_ name: String) -> String? {
        for line in head.split(separator: "\r\n").dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts[0].lowercased() == name.lowercased() {
                return parts.count == 2 ? String(parts[1].drop { $0 == " " }) : ""
            }
        }
        return nil
    }

    static func parse(_ bytes: [UInt8], hasBody: Bool) -> (WireResponse, Int)? {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        let head = String(decoding: bytes[..<end.lowerBound], as: UTF8.self)
        let status = head.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        let response = WireResponse(status: status, head: head, body: "")
        let length = hasBody ? response.header("content-length").flatMap { Int($0) } ?? 0 : 0
        guard bytes.count >= end.upperBound + length else { return nil }
        let body = String(decoding: bytes[end.upperBound..<end.upperBound + length], as: UTF8.self)
        return (WireResponse(status: status, head: head, body: body), end.upperBound + length)
    }
}
