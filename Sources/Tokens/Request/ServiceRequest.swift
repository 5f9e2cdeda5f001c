/// What a request wants of a service, as it was told, and where it comes from.
///
/// It is lent for the time of one judgement. Nothing in it is believed by itself: a client may have
/// written any of the targets that its proxy did not, so a narrowed scope has to cover all of them.
public struct ServiceRequest: ~Escapable {
    /// What it does, by the strictest of all that is told.
    public let access: Access
    /// Where the client is; `nil` where that is not known.
    public let address: IPAddress?
    /// Whether it does no more than GET or HEAD by all that is told, so that it may read what clients ask for
    /// first, see ``Service/Kind/firstReads``.
    let isFetch: Bool
    private let original: Span<UInt8>?
    private let originalURL: Span<UInt8>?
    private let forwarded: Span<UInt8>?
    private let rest: Span<UInt8>?
    private let destination: Span<UInt8>?

    /// A request of which up to four targets are told.
    ///
    /// - Parameters:
    ///   - original: the path and query by one header, percent-encoded; empty where they cannot be told.
    ///   - originalURL: the same by a second header of the same dialect.
    ///   - forwarded: the same by another dialect.
    ///   - rest: the same by the address that was asked at.
    ///   - destination: where it copies or moves something to (WebDAV; RFC 4918, section 10.3), in the
    ///     same form. It is no target of its own, but has to be covered as one.
    ///   - isFetch: whether the method is GET or HEAD by all that tell one.
    @_lifetime(copy original, copy originalURL, copy forwarded, copy rest, copy destination)
    public init(
        _ access: Access, from address: IPAddress?, original: Span<UInt8>?, originalURL: Span<UInt8>? = nil,
        forwarded: Span<UInt8>?, rest: Span<UInt8>?, destination: Span<UInt8>? = nil, isFetch: Bool = false
    ) {
        self.isFetch = isFetch && access == .read && destination == nil
        self.access = access
        self.address = address
        self.original = original
        self.originalURL = originalURL
        self.forwarded = forwarded
        self.rest = rest
        self.destination = destination
    }

    /// A request of which no target is told: a scope that is narrowed to a path does not cover it.
    @_lifetime(immortal)
    public init(_ access: Access, from address: IPAddress?) {
        self.init(access, from: address, original: nil, forwarded: nil, rest: nil)
    }

    /// Whether a target is told, and all that are, and the destination, satisfy `isCovered`.
    func everyTarget(_ isCovered: (Span<UInt8>) -> Bool) -> Bool {
        if let destination, !isCovered(destination) { return false }
        var isTold = false
        if let original {
            guard isCovered(original) else { return false }
            isTold = true
        }
        if let originalURL {
            guard isCovered(originalURL) else { return false }
            isTold = true
        }
        if let forwarded {
            guard isCovered(forwarded) else { return false }
            isTold = true
        }
        if let rest {
            guard isCovered(rest) else { return false }
            isTold = true
        }
        return isTold
    }
}
