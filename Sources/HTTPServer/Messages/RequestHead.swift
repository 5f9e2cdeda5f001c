import CMicroHTTPD
import Tokens

/// The request line and header fields, read in place from the connection's buffer.
///
/// It is borrowed by a ``DirectHandler`` for one call and cannot be stored.
public struct RequestHead: ~Copyable {
    /// The most header fields that a request may have.
    static let fieldLimit = 200

    /// Who is at the other end of the connection.
    public let peer: Peer
    /// The number of the server thread, counted from 0. Data sharded by it is not shared with other threads. It is 0
    /// for a request in memory.
    public let shard: Int
    let methodBytes: UnsafeBufferPointer<UInt8>
    let targetBytes: UnsafeBufferPointer<UInt8>
    let fieldBytes: UnsafeBufferPointer<jeton_mhd_field>
    private let memory: HeadMemory?
    /// Those of the server thread, which outlives the head.
    private let blocks: Unmanaged<BlockResponses>?

    /// The head of a request in memory.
    public init(_ request: Request) {
        let memory = HeadMemory(request)
        self.init(
            method: memory.method, target: memory.target, fields: memory.fields, peer: request.peer,
            memory: memory)
    }

    /// The buffers must outlive the head: `memory` holds them, or the call that lends the head.
    init(
        method: UnsafeBufferPointer<UInt8>, target: UnsafeBufferPointer<UInt8>,
        fields: UnsafeBufferPointer<jeton_mhd_field>, peer: Peer, shard: Int = 0,
        memory: HeadMemory? = nil, blocks: BlockResponses? = nil
    ) {
        methodBytes = method
        targetBytes = target
        fieldBytes = fields
        self.peer = peer
        self.shard = shard
        self.memory = memory
        self.blocks = blocks.map { .passUnretained($0) }
    }

    /// The response of status 200 with the fields of a block, which is copied; `token` is where the block has the id of
    /// the token. It serves this request alone. `nil` if there is no memory.
    public func response(_ block: Span<UInt8>, token: Range<Int>) -> PreparedResponse? {
        guard let blocks else { return BlockResponses.make(block, token: token) }
        return blocks._withUnsafeGuaranteedRef { $0.take(block, token: token) }
    }

    public var method: Span<UInt8> {
        @_lifetime(borrow self) get { _overrideLifetime(methodBytes.span, borrowing: self) }
    }

    /// The path and query as sent, percent-encoded.
    public var target: Span<UInt8> {
        @_lifetime(borrow self) get { _overrideLifetime(targetBytes.span, borrowing: self) }
    }

    /// The path as sent, without the query.
    var path: Span<UInt8> {
        @_lifetime(borrow self) get {
            let end = targetBytes.firstIndex(of: UInt8(ascii: "?")) ?? targetBytes.endIndex
            return _overrideLifetime(
                UnsafeBufferPointer(rebasing: targetBytes[..<end]).span, borrowing: self)
        }
    }

    public var fields: HeaderFields {
        @_lifetime(borrow self) get {
            _overrideLifetime(HeaderFields(fieldBytes.span), borrowing: self)
        }
    }
}

/// The header fields of a request, in order, read in place.
public struct HeaderFields: ~Escapable {
    private let fields: Span<jeton_mhd_field>

    @_lifetime(copy fields)
    init(_ fields: Span<jeton_mhd_field>) {
        self.fields = fields
    }

    public var indices: Range<Int> { fields.indices }

    /// The name of a field, as sent.
    @_lifetime(copy self)
    public func name(at index: Int) -> Span<UInt8> {
        _overrideLifetime(fields[index].nameBytes.span, copying: self)
    }

    /// The value of a field, as sent.
    @_lifetime(copy self)
    public func value(at index: Int) -> Span<UInt8> {
        _overrideLifetime(fields[index].valueBytes.span, copying: self)
    }

    /// The last value of a name, which is given in lower case.
    @_lifetime(copy self)
    public func last(_ name: StaticString) -> Span<UInt8>? {
        for index in indices.reversed() where self.name(at: index).equals(name) { return value(at: index) }
        return nil
    }
}

extension jeton_mhd_field {
    var nameBytes: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: name, count: name_size) }
    var valueBytes: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: value, count: value_size) }
}

/// Owns a copy of a request's head, laid out as in a connection's buffer.
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

extension Request {
    /// Copies a head into a request.
    init(_ head: borrowing RequestHead, body: [UInt8]) {
        var headers = Headers()
        let fields = head.fields
        for index in fields.indices {
            headers.add(fields.name(at: index).text, fields.value(at: index).trimmed.text)
        }
        self.init(head.method.text, head.target.text, headers: headers, body: body, peer: head.peer)
    }
}
