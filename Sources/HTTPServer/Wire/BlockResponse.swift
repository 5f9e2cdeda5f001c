import CMicroHTTPD
import Glibc
import Tokens

/// A response of status 200 and without a body, whose header fields are copied in for each request.
///
/// libmicrohttpd keeps each field of a response in memory of its own, and a thousand responses that are sent in turns
/// are in no cache. A ``FieldBlock`` is contiguous, and the response that it is copied into was sent a moment ago.
///
/// Its memory belongs to one request at a time: from ``BlockResponses/take(_:token:)`` until
/// ``BlockResponses/give(_:)``, after libmicrohttpd has sent it.
final class BlockResponse: PreparedResponse, @unchecked Sendable {
    /// The number of bytes of every block that fits.
    let count: Int
    /// libmicrohttpd's copy of the first field's value.
    private let text: UnsafeMutablePointer<UInt8>?
    private var tokenRange = 0..<0
    /// The next in the list of those that are not in use, which owns it.
    fileprivate var next: Unmanaged<BlockResponse>?

    private static let granting: Response = {
        var response = Response(status: 200)
        response.note.isGrant = true
        return response
    }()

    /// `nil` if there is no memory.
    fileprivate init?(count: Int) {
        self.count = count
        // libmicrohttpd refuses a value with line ends, so they are written afterwards.
        let value = [CChar](repeating: CChar(bitPattern: UInt8(ascii: "-")), count: count) + [0]
        guard let wire = MHD_create_response_from_buffer(0, nil, .RESPMEM_PERSISTENT) else { return nil }
        guard MHD_add_response_header(wire, FieldBlock.first, value) == .YES,
            let kept = MHD_get_response_header(wire, FieldBlock.first)
        else {
            MHD_destroy_response(wire)
            return nil
        }
        text = UnsafeMutableRawPointer(mutating: kept).assumingMemoryBound(to: UInt8.self)
        super.init(Self.granting, headSize: count + 256, wire: wire)
    }

    fileprivate func write(_ block: Span<UInt8>, token: Range<Int>) {
        block.withUnsafeBufferPointer { block in
            if let text, let source = block.baseAddress { memcpy(text, source, count) }
        }
        tokenRange = token
    }

    private var fields: Span<UInt8> {
        @_lifetime(borrow self) get {
            _overrideLifetime(UnsafeBufferPointer(start: text, count: count).span, borrowing: self)
        }
    }

    /// The id of the token that it is about; empty where there is none.
    var token: Span<UInt8> {
        @_lifetime(borrow self) get { fields.extracting(tokenRange) }
    }

    override var block: BlockResponse? { self }

    override var response: Response {
        var response = super.response
        response.headers = Headers(block: fields)
        if !tokenRange.isEmpty { response.note.token = token.text }
        return response
    }
}

/// The block responses of one server thread that are not in use, by size.
///
/// `@unchecked Sendable` is true because only that thread uses them.
final class BlockResponses: @unchecked Sendable {
    /// Blocks of this size and more are not kept.
    private static let limit = 1024

    /// A list for each size.
    private let free = UnsafeMutablePointer<Unmanaged<BlockResponse>?>.allocate(capacity: limit)

    init() {
        free.initialize(repeating: nil, count: Self.limit)
    }

    deinit {
        for size in 0..<Self.limit {
            while let response = pop(size) { response.next = nil }
        }
        free.deallocate()
    }

    private func pop(_ size: Int) -> BlockResponse? {
        guard let response = free[size]?.takeRetainedValue() else { return nil }
        free[size] = response.next
        return response
    }

    /// A response with these fields, for one request; `nil` if there is no memory.
    func take(_ block: Span<UInt8>, token: Range<Int>) -> BlockResponse? {
        guard block.count < Self.limit, let response = pop(block.count) else {
            return Self.make(block, token: token)
        }
        response.write(block, token: token)
        return response
    }

    /// A response that is used once.
    static func make(_ block: Span<UInt8>, token: Range<Int>) -> BlockResponse? {
        let response = BlockResponse(count: block.count)
        response?.write(block, token: token)
        return response
    }

    /// Keeps a response that was sent for the next request.
    func give(_ response: consuming BlockResponse) {
        guard response.count < Self.limit else { return }
        response.next = free[response.count]
        free[response.count] = .passRetained(response)
    }
}
