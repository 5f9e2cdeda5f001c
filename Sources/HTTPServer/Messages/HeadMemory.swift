import CMicroHTTPD

/// A request's head laid out in memory of its own, as it would lie in a connection's buffer.
final class HeadMemory {
    let method: UnsafeBufferPointer<UInt8>
    let target: UnsafeBufferPointer<UInt8>
    let fields: UnsafeBufferPointer<jeton_mhd_field>
    private let bytes: UnsafeMutableBufferPointer<UInt8>

    init(_ request: Request) {
        let texts =
            [request.method, request.target]
            + request.headers.fields.flatMap { [$0.name, $0.value] }
        let whole = Array(texts.joined().utf8)
        let bytes = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: whole.count)
        _ = bytes.initialize(from: whole)
        self.bytes = bytes
        var start = 0
        let parts = texts.map { text in
            defer { start += text.utf8.count }
            return UnsafeBufferPointer(rebasing: bytes[start..<start + text.utf8.count])
        }
        (method, target) = (parts[0], parts[1])
        let room = UnsafeMutableBufferPointer<jeton_mhd_field>.allocate(capacity: parts.count / 2 - 1)
        for index in room.indices {
            let (name, value) = (parts[2 * index + 2], parts[2 * index + 3])
            room.initializeElement(
                at: index,
                to: jeton_mhd_field(
                    name: name.baseAddress, name_size: name.count, value: value.baseAddress,
                    value_size: value.count))
        }
        fields = UnsafeBufferPointer(room)
    }

    deinit {
        fields.deallocate()
        bytes.deallocate()
    }
}
