import HTTPServer
import Tokens

/// Proxies' questions that came to another address than `/verify/{service}`.
extension Gate {
    /// Whether a proxy asks there by mistake. By a page's 200 it would let everybody in, and by a 404 clients would
    /// take what another index has.
    ///
    /// A method of the original request is told in a question alone: the proxies that lead people to the desk tell
    /// none, and who writes it themselves only refuses themselves.
    func isAstray(_ head: borrowing RequestHead) -> Bool {
        if head.target.isNameless { return true }
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
}

extension Span<UInt8> {
    /// Whether it is the path of questions, without a service's name.
    fileprivate var isNameless: Bool {
        let length = Gate.path.utf8CodeUnitCount
        guard count >= length, extracting(0..<length).isExactly(Gate.path) else { return false }
        return count == length || self[length] == UInt8(ascii: "?")
    }
}
