public import HTTPServer
import Tokens

/// The path of a verify request: `/verify/{service}` and anything below it.
///
/// ```text
/// /verify/maven/org/a.jar?x=1
///         ─────└─────────────  the rest: Envoy's dialect
///         the service
/// ```
struct VerifyPath: ~Escapable {
    let service: Span<UInt8>
    /// What follows the service's name, with the query.
    let rest: Span<UInt8>

    fileprivate static let prefix: StaticString = "/verify"

    /// `nil` for a target that is not below `/verify/`.
    @_lifetime(copy target)
    init?(_ target: Span<UInt8>) {
        let length = Self.prefix.utf8CodeUnitCount
        guard target.count > length, target[length] == UInt8(ascii: "/"),
            target.extracting(0..<length).isExactly(Self.prefix)
        else { return nil }
        var end = length + 1
        while end < target.count, target[end] != UInt8(ascii: "/"), target[end] != UInt8(ascii: "?") {
            end += 1
        }
        service = target.extracting((length + 1)..<end)
        rest = target.extracting(end..<target.count)
    }
}

extension Span<UInt8> {
    /// Whether it is `/verify` itself, without a service's name.
    fileprivate var isVerifyAlone: Bool {
        let length = VerifyPath.prefix.utf8CodeUnitCount
        guard count >= length, extracting(0..<length).isExactly(VerifyPath.prefix) else { return false }
        return count == length || self[length] == UInt8(ascii: "?")
    }
}

extension Gate {
    /// Whether a proxy's verify request came to the wrong path. A page's 200 would admit everybody, and a 404 means
    /// "no such package" to a client, which then looks in the next index.
    ///
    /// Only verify requests carry the original method: a proxy that forwards people to the desk sends none, and a
    /// client that writes the header itself is only refused.
    func isAstray(_ head: borrowing RequestHead) -> Bool {
        if head.target.isVerifyAlone { return true }
        let fields = head.fields
        for index in fields.indices {
            let name = fields.name(at: index)
            switch name.count {
            case 17 where name.equals("x-original-method"): return true
            case 18 where name.equals("x-forwarded-method"): return true
            default: break
            }
        }
        return false
    }

    /// Adds the method and path of the original request, from the first dialect that has a target.
    public func describe(_ head: borrowing RequestHead, in fields: inout LogFields) {
        guard VerifyPath(head.target) != nil || head.target.isVerifyAlone else { return }
        let sent = head.fields
        var method = sent.last("x-original-method")
        var target = sent.last("x-original-uri")
        if target == nil { target = sent.last("x-original-url") }
        if target == nil {
            method = sent.last("x-forwarded-method")
            target = sent.last("x-forwarded-uri")
        }
        guard let target else { return }
        if let method { fields.add("original_method", method, limit: 32) }
        fields.addPath("original_path", of: target)
    }
}
