import HTTPServer
import Tokens

/// What a proxy asks, gathered in one pass over its request.
///
/// Proxies put the original request in different places: nginx in `X-Original-Method` and
/// `X-Original-URI`, Caddy and Traefik in `X-Forwarded-Method` and `X-Forwarded-Uri`, Envoy in the
/// method and the rest of the path themselves. A client may have written any of these that its
/// proxy did not set. So all that are present are judged, and the strictest counts: a forged one
/// can only ask for more than was needed.
struct Question {
    private(set) var credential = Credential.none
    private(set) var userAgent = ""
    private(set) var forwardedFor: [String] = []
    private var original = Original()
    private var forwarded = Original()
    private var destination: [UInt8]?

    /// A method and target as one dialect tells them.
    private struct Original {
        var method: [UInt8]?
        var target: [UInt8]?

        var isPresent: Bool { method != nil || target != nil }

        /// The target; empty, as one that cannot be told, where the dialect is spoken without one.
        var told: [UInt8]? { isPresent ? target ?? [] : nil }

        func access(_ kind: Service.Kind) -> Access {
            // A target alone, as in the example of nginx's own documentation: the question's GET is not
            // the client's method, so it cannot be told, and the empty method is a write.
            // Nor can it where two targets were told: what is done may be done to either.
            let method = target?.isEmpty == true ? [] : method ?? []
            let target = target ?? []
            return Access(method: method.span, target: target.span, kind: kind)
        }

        /// A field that is sent twice is one that cannot be told: the empty method is a write.
        static func set(_ field: inout [UInt8]?, to value: Span<UInt8>) {
            let value = value.copied
            field = field == nil || field == value ? value : []
        }
    }

    init(_ head: borrowing RequestHead, format: TokenFormat) {
        var read = Self()
        head.forEachHeader { name, value in
            read.take(name, value, format)
        }
        self = read
    }

    private init() {}

    private mutating func take(_ name: Span<UInt8>, _ value: Span<UInt8>, _ format: TokenFormat) {
        if credential.take(header: name, value: value, format: format) { return }
        if name.equals("user-agent") {
            userAgent = value.text
        } else if name.equals("x-forwarded-for") {
            forwardedFor.append(value.text)
        } else if name.equals("x-original-method") {
            Original.set(&original.method, to: value)
        } else if name.equals("x-original-uri") {
            Original.set(&original.target, to: value)
        } else if name.equals("x-forwarded-method") {
            Original.set(&forwarded.method, to: value)
        } else if name.equals("x-forwarded-uri") {
            Original.set(&forwarded.target, to: value)
        } else if name.equals("destination") {
            Original.set(&destination, to: value.withoutAuthority)
        }
    }

    /// What the original request asks of a service, by all that is told of it; its access by the strictest.
    ///
    /// - Parameters:
    ///   - rest: the verify path behind the service's name, with its query; Envoy's dialect.
    ///   - address: where the client is.
    @_lifetime(copy rest)
    func request(
        _ head: borrowing RequestHead, rest: Span<UInt8>, kind: Service.Kind, from address: IPAddress?
    ) -> ServiceRequest {
        // A subrequest of nginx, Caddy or Traefik is a GET whatever the original was; the query behind
        // it may be the client's, and decides nothing.
        let isBare = rest.isEmpty || rest[0] == UInt8(ascii: "?")
        return ServiceRequest(
            access(head, target: isBare ? rest.extracting(0..<0) : rest, kind: kind), from: address,
            original: original.told, forwarded: forwarded.told, rest: isBare ? nil : rest,
            destination: destination)
    }

    private func access(
        _ head: borrowing RequestHead, target: Span<UInt8>, kind: Service.Kind
    ) -> Access {
        let told = [original, forwarded].filter(\.isPresent)
        var isWrite = told.contains { $0.access(kind) == .write }
        let own = head.withMethod { Access(method: $0, target: target, kind: kind) }
        if told.isEmpty || !target.isEmpty || own == .write { isWrite = isWrite || own == .write }
        return isWrite ? .write : .read
    }
}

extension Span where Element == UInt8 {
    /// The path and query of an absolute `http` address (RFC 3986, section 4.3); what is none as it is.
    fileprivate var withoutAuthority: Span<UInt8> {
        @_lifetime(copy self) get {
            guard let colon = firstIndex(of: UInt8(ascii: ":")), colon + 2 < count,
                self[colon + 1] == UInt8(ascii: "/"), self[colon + 2] == UInt8(ascii: "/"),
                extracting(0..<colon).equals("http") || extracting(0..<colon).equals("https")
            else { return self }
            let behind = extracting(colon + 3..<count)
            return behind.extracting(
                (behind.firstIndex(of: UInt8(ascii: "/")) ?? behind.count)..<behind.count)
        }
    }
}
