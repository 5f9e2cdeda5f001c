import HTTPServer
import Tokens

/// What a proxy asks, gathered in one pass over its request and read where it lies.
///
/// Proxies put the original request in different places: nginx in `X-Original-Method` and
/// `X-Original-URI`, ingress-nginx in `X-Original-Method` and `X-Original-URL`, Caddy and Traefik in
/// `X-Forwarded-Method` and `X-Forwarded-Uri`, Envoy in the method and the rest of the path
/// themselves. A client may have written any of these that its proxy did not set. So all that are
/// present are judged, and the strictest counts: a forged one can only ask for more than was needed.
struct VerifyRequest: ~Escapable {
    let credential: Credential
    let userAgent: Span<UInt8>
    /// By `X-Original-URI`, or by `X-Original-URL` where that is the only one.
    private let original: Original
    /// By `X-Original-URL`, where both are present.
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
            // Most names are told from all of these by their length.
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
            self.destination = destination.toldDestination
        } else {
            self.destination = nil
        }
    }

    /// What the original request asks of a service, by all that is told of it; its access by the strictest.
    ///
    /// - Parameters:
    ///   - method: of the question itself.
    ///   - rest: the verify path behind the service's name, with its query; Envoy's dialect.
    ///   - address: where the client is.
    @_lifetime(copy self, copy rest)
    func request(
        method: Span<UInt8>, rest: Span<UInt8>, of service: Service, from address: IPAddress?
    ) -> ServiceRequest {
        // A subrequest of nginx, Caddy or Traefik is a GET whatever the original was; the query behind
        // it may be the client's, and decides nothing.
        let isBare = rest.isEmpty || rest[0] == UInt8(ascii: "?")
        let own = isBare ? rest.extracting(0..<0) : rest
        let kind = service.kind
        return ServiceRequest(
            access(Access(method: method, target: own, kind: kind), kind: kind),
            from: address, original: original.told, originalURL: originalURL.told, forwarded: forwarded.told,
            rest: isBare ? nil : rest, destination: destination,
            isFetch: service.hasFirstReads && isFetch(method))
    }

    /// Whether the method is GET or HEAD by all that tell one.
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

/// A method and target as one dialect tells them.
private struct Original: ~Escapable {
    private let method: Span<UInt8>?
    private let target: Span<UInt8>?

    @_lifetime(copy method, copy target)
    init(method: Span<UInt8>?, target: Span<UInt8>?) {
        self.method = method
        if let target {
            self.target = target.toldTarget
        } else {
            self.target = nil
        }
    }

    var isPresent: Bool { method != nil || target != nil }

    /// The target; empty, as one that cannot be told, where the dialect is spoken without one.
    var told: Span<UInt8>? {
        @_lifetime(copy self) get {
            if let target { return target }
            return method == nil ? nil : Span()
        }
    }

    func access(_ kind: Service.Kind) -> Access {
        // A target alone, as in the example of nginx's own documentation: the question's GET is not
        // the client's method, so it cannot be told, and the empty method is a write.
        // Nor can it where two targets were told: what is done may be done to either.
        guard let target else { return Access(method: known(method), target: Span(), kind: kind) }
        return Access(method: target.isEmpty ? Span() : known(method), target: target, kind: kind)
    }

    @_lifetime(copy method)
    private func known(_ method: Span<UInt8>?) -> Span<UInt8> {
        if let method { return method }
        return Span()
    }

    /// Whether its method, where it is spoken, is GET or HEAD.
    var isFetch: Bool { !isPresent || known(method).isFetch }

    /// A field that is sent twice is one that cannot be told: the empty method is a write.
    @_lifetime(copy field, copy value)
    static func joined(_ field: Span<UInt8>?, _ value: Span<UInt8>) -> Span<UInt8>? {
        guard let field else { return value }
        return field.isSame(as: value) ? value : Span()
    }
}

extension Span<UInt8> {
    fileprivate var isFetch: Bool { isExactly("GET") || isExactly("HEAD") }
}
