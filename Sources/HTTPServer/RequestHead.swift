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
    public let shard: Int
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
        fields: UnsafeBufferPointer<jeton_mhd_field>, peer: IPAddress?, shard: Int = 0,
        memory: HeadMemory? = nil
    ) {
        methodBytes = method
        targetBytes = target
        fieldBytes = fields
        self.peer = peer
        self.shard = shard
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
