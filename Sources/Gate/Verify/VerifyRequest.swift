import HTTPServer
import Tokens

/// A proxy's request, parsed in one pass over its headers, without copying.
///
/// The original request is found in one of four dialects:
///
/// | proxy | method | target |
/// | --- | --- | --- |
/// | nginx | `X-Dialect-Method` | `X-Dialect-URI` |
/// | ingress-nginx | `X-Dialect-Method` | `X-Dialect-URL` |
/// | Caddy, Traefik | `X-Forwarded-Method` | `X-Forwarded-Uri` |
/// | Envoy | the request's own | the path after `/verify/{service}` |
///
/// A client can send any header that its proxy does not overwrite. So every dialect present is judged, and where they
/// disagree, the stricter access wins: a forged header can only ask for more.
struct VerifyRequest: ~Escapable {
    let credential: Credential
    let userAgent: Span<UInt8>
    /// Whether `X-Forwarded-Proto` says that the original request came over plain http.
    let isPlain: Bool
    /// From `X-Dialect-URI`, or from `X-Dialect-URL` if that is the only one.
    private let xOriginal: Dialect
    /// From `X-Dialect-URL`, if both are present.
    private let xOriginalURL: Dialect
    private let xForwarded: Dialect
    private let destination: Span<UInt8>?

    @_lifetime(copy fields)
    init(_ fields: HeaderFields, format: TokenFormat) {
        var credential = Credential.none
        var userAgent = Span<UInt8>()
        var originalMethod, originalURI, originalURL: Span<UInt8>?
        var forwardedMethod, forwardedTarget: Span<UInt8>?
        var destination: Span<UInt8>?
        var isPlain = false
        for index in fields.indices {
            let name = fields.name(at: index)
            let value = fields.value(at: index)
            // The length rules out most names.
            switch name.count {
            case 10 where name.equals("user-agent"): userAgent = value
            case 11 where name.equals("destination"):
                destination = Dialect.joined(destination, value)
            case 14 where name.equals("x-original-uri"):
                originalURI = Dialect.joined(originalURI, value)
            case 14 where name.equals("x-original-url"):
                originalURL = Dialect.joined(originalURL, value)
            case 15 where name.equals("x-forwarded-uri"):
                forwardedTarget = Dialect.joined(forwardedTarget, value)
            case 17 where name.equals("x-original-method"):
                originalMethod = Dialect.joined(originalMethod, value)
            case 17 where name.equals("x-forwarded-proto"):
                isPlain = value.equals("http")
            case 18 where name.equals("x-forwarded-method"):
                forwardedMethod = Dialect.joined(forwardedMethod, value)
            default: credential.take(header: name, value: value, format: format)
            }
        }
        self.credential = credential
        self.userAgent = userAgent
        self.isPlain = isPlain
        if originalURI == nil {
            xOriginal = Dialect(method: originalMethod, target: originalURL)
            xOriginalURL = Dialect(method: nil, target: nil)
        } else {
            xOriginal = Dialect(method: originalMethod, target: originalURI)
            xOriginalURL = Dialect(
                method: originalURL == nil ? nil : originalMethod, target: originalURL)
        }
        xForwarded = Dialect(method: forwardedMethod, target: forwardedTarget)
        if let destination {
            self.destination = destination.headerDestination
        } else {
            self.destination = nil
        }
    }

    /// The original request, built from every dialect present; where they disagree, the stricter access wins.
    ///
    /// - Parameters:
    ///   - method: the verify request's own method.
    ///   - proxyPath: the verify path after the service's name, with its query: Envoy's dialect.
    ///   - address: the client's address.
    @_lifetime(copy self, copy proxyPath)
    func original(
        method: Span<UInt8>, proxyPath: Span<UInt8>, of service: Service, from address: IPAddress?
    ) -> ServiceRequest {
        // The subrequest of nginx, Caddy or Traefik is a GET whatever the original is; its query may be the client's
        // and is ignored.
        let isBare = proxyPath.isEmpty || proxyPath[0] == UInt8(ascii: "?")
        let own = isBare ? proxyPath.extracting(0..<0) : proxyPath
        let kind = service.kind
        return ServiceRequest(
            access(Access(method: method, target: own, kind: kind), kind: kind),
            from: address, original: xOriginal.knownTarget, originalURL: xOriginalURL.knownTarget,
            forwarded: xForwarded.knownTarget,
            proxyPath: isBare ? nil : proxyPath, destination: destination,
            isFetch: service.hasFirstReads && isFetch(method))
    }

    /// Whether the method is GET or HEAD in every dialect present.
    private func isFetch(_ own: Span<UInt8>) -> Bool {
        own.isFetch && xOriginal.isFetch && xForwarded.isFetch
    }

    private func access(_ own: Access, kind: Service.Kind) -> Access {
        if own == .write { return .write }
        if xOriginal.isPresent, xOriginal.access(kind) == .write { return .write }
        if xOriginalURL.isPresent, xOriginalURL.access(kind) == .write { return .write }
        if xForwarded.isPresent, xForwarded.access(kind) == .write { return .write }
        return .read
    }
}

/// The method and target of the original request in one dialect.
private struct Dialect: ~Escapable {
    private let method: Span<UInt8>?
    private let target: Span<UInt8>?

    @_lifetime(copy method, copy target)
    init(method: Span<UInt8>?, target: Span<UInt8>?) {
        self.method = method
        if let target {
            self.target = target.headerTarget
        } else {
            self.target = nil
        }
    }

    var isPresent: Bool { method != nil || target != nil }

    /// The target; empty, which means unknown, if the dialect has a method but no target.
    var knownTarget: Span<UInt8>? {
        @_lifetime(copy self) get {
            if let target { return target }
            return method == nil ? nil : Span()
        }
    }

    func access(_ kind: Service.Kind) -> Access {
        // A target alone, as in nginx's own documentation, leaves the method unknown: the subrequest's GET is not the
        // client's. So do two different targets, as the method may be meant for either. An unknown method is a write.
        guard let target else { return Access(method: known(method), target: Span(), kind: kind) }
        return Access(method: target.isEmpty ? Span() : known(method), target: target, kind: kind)
    }

    @_lifetime(copy method)
    private func known(_ method: Span<UInt8>?) -> Span<UInt8> {
        if let method { return method }
        return Span()
    }

    /// Whether its method is GET or HEAD, if the dialect is present.
    var isFetch: Bool { !isPresent || known(method).isFetch }

    /// A field sent twice with different values is unknown, hence empty.
    @_lifetime(copy field, copy value)
    static func joined(_ field: Span<UInt8>?, _ value: Span<UInt8>) -> Span<UInt8>? {
        guard let field else { return value }
        return field.isSame(as: value) ? value : Span()
    }
}

extension Span<UInt8> {
    fileprivate var isFetch: Bool { isExactly("GET") || isExactly("HEAD") }
}
