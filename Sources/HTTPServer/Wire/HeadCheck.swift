import CMicroHTTPD
import Glibc
import Tokens

/// Checks a head before anything else sees it: its size, and everything that lets two servers in a row disagree about
/// where a request ends (request smuggling: RFC 9112, sections 5, 6 and 11.2).
///
/// libmicrohttpd 0.9.75 takes the first of several lengths, silently prefers `Transfer-Encoding`, and takes
/// `Content-Length : 5` for a field of another name; see also `jeton_mhd_is_unbroken`.
struct HeadCheck {
    /// The framing of the body.
    struct Framing {
        /// `nil` for a chunked body, 0 for none.
        var length: Int? = 0
        /// Whether the client waits for `100 Continue` (RFC 9110, section 10.1.1).
        var expectsContinue = false
    }

    private var lengths = 0, codings = 0, hosts = 0
    private var framing = Framing()
    private var fault: String?

    static func check(
        _ call: AccessCall, _ head: borrowing RequestHead, size: Int, headerBytes: Int
    ) -> Result<Framing, ServerRefusal> {
        guard size <= headerBytes else { return .failure(.tooLarge) }
        let fields = head.fieldBytes
        guard fields.count <= RequestHead.fieldLimit else { return .failure(.tooManyFields) }
        var check = HeadCheck()
        let isUnbroken = jeton_mhd_is_unbroken(
            call.method, head.targetBytes.count, call.version, size, fields.baseAddress, fields.count)
        if !isUnbroken {
            check.fault = "the request line holds a NUL, or a header field does, is folded or has no name"
        }
        for field in fields { check.take(field) }
        return check.result(isHTTP11: strcmp(call.version, MHD_HTTP_VERSION_1_1) == 0)
    }

    private mutating func take(_ field: jeton_mhd_field) {
        let name = field.nameBytes.span
        let value = field.valueBytes.span
        if name.isEmpty || !name.indices.allSatisfy({ name[$0].isTokenCharacter }) {
            fault = "a header name holds a forbidden character"
        } else if !value.indices.allSatisfy({ value[$0].isFieldCharacter }) {
            fault = "a header value holds a control character"
        }
        switch name.count {
        case 4 where name.equals("host"): hosts += 1
        case 6 where name.equals("expect"): framing.expectsContinue = value.equals("100-continue")
        case 14 where name.equals("content-length"):
            lengths += 1
            framing.length = value.decimal
            if framing.length == nil { fault = "Content-Length is not a number" }
        case 17 where name.equals("transfer-encoding"):
            codings += 1
            if !value.equals("chunked") { fault = "Transfer-Encoding is not understood: use chunked" }
        default: break
        }
    }

    private func result(isHTTP11: Bool) -> Result<Framing, ServerRefusal> {
        if let fault { return .failure(.malformed(fault)) }
        if lengths > 1 { return .failure(.malformed("Content-Length is given more than once")) }
        if lengths + codings > 1 {
            return .failure(.malformed("Content-Length and Transfer-Encoding exclude each other"))
        }
        if codings > 0, !isHTTP11 { return .failure(.malformed("Transfer-Encoding needs HTTP/1.1")) }
        if hosts > 1 { return .failure(.malformed("Host is given more than once")) }
        var framing = framing
        if codings > 0 { framing.length = nil }
        return .success(framing)
    }
}

extension Span<UInt8> {
    /// The value of a decimal number that fits; `nil` for anything else.
    fileprivate var decimal: Int? {
        var number = 0
        for index in indices {
            guard (0x30...0x39).contains(self[index]) else { return nil }
            let (tens, overflows) = number.multipliedReportingOverflow(by: 10)
            let (sum, overflowsToo) = tens.addingReportingOverflow(Int(self[index] - 0x30))
            if overflows || overflowsToo { return nil }
            number = sum
        }
        return isEmpty ? nil : number
    }
}

extension UInt8 {
    /// RFC 9110, section 5.6.2.
    fileprivate var isTokenCharacter: Bool {
        switch self {
        case 0x30...0x39, 0x41...0x5A, 0x5E...0x7A, 0x7C, 0x7E, 0x21, 0x23...0x27, 0x2A, 0x2B, 0x2D, 0x2E:
            true
        default: false
        }
    }

    /// RFC 9110, section 5.5.
    fileprivate var isFieldCharacter: Bool { self >= 0x20 && self != 0x7F || self == 0x09 }
}
