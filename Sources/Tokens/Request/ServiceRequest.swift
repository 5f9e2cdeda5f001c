/// A client's request to a service, as the proxy reports it: its access, its address, and its *targets*, the
/// path and query in each dialect that the proxy speaks.
///
/// No single target is trusted, since the client may have written those that its proxy did not set. A scope
/// that is narrowed to a path has to cover all of them:
///
///     X-Original-URI: /team/app.git/info/refs      set by nginx
///     X-Forwarded-Uri: /other/secret.git/info/refs passed on from the client
///
/// The value borrows the proxy's request, and lives as long as one judgement.
public struct ServiceRequest: ~Escapable {
    /// The strictest access of all dialects.
    public let access: Access
    /// The client's address; `nil` where it is not known.
    public let address: IPAddress?
    /// Whether every dialect says GET or HEAD, so that first reads are allowed, see
    /// ``Service/Kind/firstReads``.
    let isFetch: Bool
    let original: Span<UInt8>?
    let originalURL: Span<UInt8>?
    let forwarded: Span<UInt8>?
    let proxyPath: Span<UInt8>?
    private let destination: Span<UInt8>?

    /// A request with up to four targets.
    ///
    /// - Parameters:
    ///   - original: the path and query of one header, percent-encoded; empty where they are ambiguous.
    ///   - originalURL: the same of a second header of the same dialect.
    ///   - forwarded: the same of another dialect.
    ///   - proxyPath: the same of the verify address itself.
    ///   - destination: where it copies or moves something to (WebDAV; RFC 4918, section 10.3), in the same
    ///     form. It is not a target by itself, but has to be covered like one.
    ///   - isFetch: whether every method that is present is GET or HEAD.
    @_lifetime(copy original, copy originalURL, copy forwarded, copy proxyPath, copy destination)
    public init(
        _ access: Access, from address: IPAddress?, original: Span<UInt8>?, originalURL: Span<UInt8>? = nil,
        forwarded: Span<UInt8>?, proxyPath: Span<UInt8>?, destination: Span<UInt8>? = nil,
        isFetch: Bool = false
    ) {
        self.isFetch = isFetch && access == .read && destination == nil
        self.access = access
        self.address = address
        self.original = original
        self.originalURL = originalURL
        self.forwarded = forwarded
        self.proxyPath = proxyPath
        self.destination = destination
    }

    /// A request without a target. A scope that is narrowed to a path does not cover it.
    @_lifetime(immortal)
    public init(_ access: Access, from address: IPAddress?) {
        self.init(access, from: address, original: nil, forwarded: nil, proxyPath: nil)
    }

    /// Whether there is a target, and `isCovered` holds for all targets and the destination.
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
        if let proxyPath {
            guard isCovered(proxyPath) else { return false }
            isTold = true
        }
        return isTold
    }
}
