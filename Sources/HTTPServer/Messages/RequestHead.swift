import CMicroHTTPD
public import Tokens

/// A request's first lines, read where they lie in the connection's own buffer.
///
/// It is lent to a ``DirectHandler`` for the time of one call and cannot be kept.
public struct RequestHead: ~Copyable {
    /// The most header fields that a request may have.
    static let fieldLimit = 200

    /// Where the connection comes from; `nil` on the local admin socket.
    public let peer: IPAddress?
    /// Which of the server's threads reads it, counted from 0: what is kept by lane is shared with no
    /// other thread. In memory it is 0.
    public let lane: Int
    let methodBytes: UnsafeBufferPointer<UInt8>
    let targetBytes: UnsafeBufferPointer<UInt8>
    let fieldBytes: UnsafeBufferPointer<jeton_mhd_field>
    private let memory: HeadMemory?

    /// A head that reads from a request in memory.
    public init(_ request: Request) {
        let memory = HeadMemory(request)
        self.init(
            method: memory.method, target: memory.target, fields: memory.fields, peer: request.peer,
            memory: memory)
    }

    /// A head of what lies there, which must stay until `memory` is released, or the call ends that
    /// lends it.
    init(
        method: UnsafeBufferPointer<UInt8>, target: UnsafeBufferPointer<UInt8>,
        fields: UnsafeBufferPointer<jeton_mhd_field>, peer: IPAddress?, lane: Int = 0,
        memory: HeadMemory? = nil
    ) {
        methodBytes = method
        targetBytes = target
        fieldBytes = fields
        self.peer = peer
        self.lane = lane
        self.memory = memory
    }

    /// The method as it was sent.
    public var method: Span<UInt8> {
        @_lifetime(borrow self) get { _overrideLifetime(methodBytes.span, borrowing: self) }
    }

    /// The path and query as they were sent, percent-encoded.
    public var target: Span<UInt8> {
        @_lifetime(borrow self) get { _overrideLifetime(targetBytes.span, borrowing: self) }
    }

    /// The path as it was sent, without the query.
    var path: Span<UInt8> {
        @_lifetime(borrow self) get {
            let end = targetBytes.firstIndex(of: UInt8(ascii: "?")) ?? targetBytes.endIndex
            return _overrideLifetime(
                UnsafeBufferPointer(rebasing: targetBytes[..<end]).span, borrowing: self)
        }
    }

    /// The header fields.
    public var fields: HeaderFields {
        @_lifetime(borrow self) get {
            _overrideLifetime(HeaderFields(fieldBytes.span), borrowing: self)
        }
    }
}

/// A request's header fields, in order, read where they lie.
public struct HeaderFields: ~Escapable {
    private let fields: Span<jeton_mhd_field>

    @_lifetime(copy fields)
    init(_ fields: Span<jeton_mhd_field>) {
        self.fields = fields
    }

    /// The places of the fields.
    public var indices: Range<Int> { fields.indices }

    /// The name of the field at that place, as it was sent.
    @_lifetime(copy self)
    public func name(at index: Int) -> Span<UInt8> {
        _overrideLifetime(fields[index].nameBytes.span, copying: self)
    }

    /// The value of the field at that place, as it was sent.
    @_lifetime(copy self)
    public func value(at index: Int) -> Span<UInt8> {
        _overrideLifetime(fields[index].valueBytes.span, copying: self)
    }

    /// The last value of that name, given in lower case.
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

extension Request {
    /// A request with a head read into memory.
    init(_ head: borrowing RequestHead, body: [UInt8]) {
        var headers = Headers()
        let fields = head.fields
        for index in fields.indices {
            headers.add(fields.name(at: index).text, fields.value(at: index).trimmed.text)
        }
        self.init(head.method.text, head.target.text, headers: headers, body: body, peer: head.peer)
    }
}
