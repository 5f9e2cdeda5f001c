import CMicroHTTPD

/// The state of a connection's current request.
struct RequestProgress {
    /// What libmicrohttpd's next call is for.
    enum Step {
        case head, body, answer
    }

    var step = Step.head
    var body: [UInt8] = []
    /// The bytes of the body that were read, kept or not.
    var bodyCount = 0
    /// The most bytes of the body.
    var bodyLimit = 0
    /// Whether a route reads the body.
    var keepsBody = false
    /// Whether the ``MemoryBudget`` was exhausted.
    var isCrowded = false
    /// The bytes reserved in the ``MemoryBudget``.
    var held = 0
    var isChunked = false
    /// Whether the request was read to its end.
    var isRead = false
    /// When the head was complete, as ``MonotonicTime``.
    var began: Int64 = 0
    /// The response that serves this request alone, once it was queued.
    var block: BlockResponse?

    /// Prepares for the next request.
    mutating func reset() {
        step = .head
        body = []
        bodyCount = 0
        isChunked = false
        isCrowded = false
    }
}

/// The arguments of one call of libmicrohttpd's access handler.
struct AccessCall {
    let handle: OpaquePointer
    let method: UnsafePointer<CChar>
    let version: UnsafePointer<CChar>
    let upload: UnsafePointer<CChar>?
    /// The number of bytes uploaded; set to the number of bytes not processed.
    let uploadSize: UnsafeMutablePointer<Int>
}
