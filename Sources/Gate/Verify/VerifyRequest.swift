import HTTPServer
import Tokens

/// A proxy's request, parsed in one pass over its headers, without copying.
///
/// The original request is found in one of four dialects:
///
/// | proxy | method | target |
/// | --- | --- | --- |
/// | nginx | `X-Original-Method` | `X-Original-URI` |
/// | ingress-nginx | `X-Original-Method` | `X-Original-URL` |
/// | Caddy, Traefik | `X-Forwarded-Method` | `X-Forwarded-Uri` |
/// | Envoy | the request's own | the path after `/verify/{service}` |
///
/// A client can send any header that its proxy does not overwrite. So every dialect present is judged, and where they
/// disagree, the stricter access wins: a forged header can only ask for more.
struct VerifyRequest: ~Escapable {
    let credential: Credential
    let userAgent: Span<UInt8>
    /// From `X-Original-URI`, or from `X-Original-URL` if that is the only one.
    private let original: Original
    /// From `X-Original-URL`, if both are present.
    private let originalURL: Original
    private let forwarded: Original
    private let destination: Span<UInt8>?

    @_lifetime(copy fields)
    init(_ fields: HeaderFields, format: TokenFormat) {
        var credential = Credential.none
        var userAgent = Span<UInt8>()
        var originalMethod, originalURI, originalURL: Span<UInt8>?
        var forwardedMethod, forwardedTarget: Span<UInt8>?
        var destination: Span<UInt8>?
        for index in fields.indices {
            let name = fields.name(at: index)
            let value = fields.value(at: index)
            // The length rules out most names.
            switch name.count {
            case 10 where name.equals("user-agent"): userAgent = value
            case 11 where name.equals("destination"):
                destination = Original.joined(destination, value)
            case 14 where name.equals("x-original-uri"):
                originalURI = Original.joined(originalURI, value)
            case 14 where name.equals("x-original-url"):
                originalURL = Original.joined(originalURL, value)
            case 15 where name.equals("x-forwarded-uri"):
                forwardedTarget = Original.joined(forwardedTarget, value)
            case 17 where name.equals("x-original-method"):
                originalMethod = Original.joined(originalMethod, value)
            case 18 where name.equals("x-forwarded-method"):
                forwardedMethod = Original.joined(forwardedMethod, value)
            default: credential.take(header: name, value: value, format: format)
            }
        }
        self.credential = credential
        self.userAgent = userAgent
        if originalURI == nil {
            original = Original(method: originalMethod, target: originalURL)
            self.originalURL = Original(method: nil, target: nil)
        } else {
            original = Original(method: originalMethod, target: originalURI)
            self.originalURL = Original(
                method: originalURL == nil ? nil : originalMethod, target: originalURL)
        }
        forwarded = Original(method: forwardedMethod, target: forwardedTarget)
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
    ///   - rest: the verify path after the service's name, with its query: Envoy's dialect.
    ///   - address: the client's address.
    @_lifetime(copy self, copy rest)
    func request(
        method: Span<UInt8>, rest: Span<UInt8>, of service: Service, from address: IPAddress?
    ) -> ServiceRequest {
        // The subrequest of nginx, Caddy or Traefik is a GET whatever the original is; its query may be the client's
        // and is ignored.
        let isBare = rest.isEmpty || rest[0] == UInt8(ascii: "?")
        let own = isBare ? rest.extracting(0..<0) : rest
        let kind = service.kind
        return ServiceRequest(
            access(Access(method: method, target: own, kind: kind), kind: kind),
            from: address, original: original.told, originalURL: originalURL.told, forwarded: forwarded.told,
            rest: isBare ? nil : rest, destination: destination,
            isFetch: service.hasFirstReads && isFetch(method))
    }

    /// Whether the method is GET or HEAD in every dialect present.
    private func isFetch(_ own: Span<UInt8>) -> Bool {
        own.isFetch && original.isFetch && forwarded.isFetch
    }

    private func access(_ own: Access, kind: Service.Kind) -> Access {
        if own == .write { return .write }
        if original.isPresent, original.access(kind) == .write { return .write }
        if originalURL.isPresent, originalURL.access(kind) == .write { return .write }
        if forwarded.isPresent, forwarded.access(kind) == .write { return .write }
        return .read
    }
}

/// The method and target of the original request in one dialect.
private struct Original: ~Escapable {
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
    var told: Span<UInt8>? {
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
