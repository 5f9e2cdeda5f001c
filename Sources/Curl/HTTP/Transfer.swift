internal import CCurl
import Glibc

/// One request and its response, on one thread.
struct Transfer: ~Copyable {
    struct TransferRequest: Sendable {
        let method: String
        let url: String
        let headers: [HTTPClient.HeaderField]
        let body: [UInt8]
        let unixSocket: String?
        let authorities: String?
        let pinned: PinnedHost?
        let timeout: Int
        let maxBytes: Int
        let truncates: Bool
    }

    /// The response so far; the context of libcurl's callbacks.
    private final class Received {
        let maxBytes: Int
        let truncates: Bool
        var headers: [HTTPClient.HeaderField] = []
        var body: [UInt8] = []
        var isTooLarge = false

        init(maxBytes: Int, truncates: Bool) {
            (self.maxBytes, self.truncates) = (maxBytes, truncates)
        }

        func take(headerLine line: String) {
            // The headers of an interim response, such as 100, are discarded.
            if line.hasPrefix("HTTP/") { return headers.removeAll() }
            guard let colon = line.firstIndex(of: ":") else { return }
            let value = line[line.index(after: colon)...].drop { $0.isWhitespace }
            let trimmed = value.lastIndex { !$0.isWhitespace }.map { value[...$0] } ?? ""
            headers.append(HTTPClient.HeaderField(String(line[..<colon]), String(trimmed)))
        }
    }

    private let handle: CurlHandle
    private let request: TransferRequest
    private let received: Received

    init(_ request: TransferRequest) throws(HTTPClientError) {
        guard let handle = CurlHandle() else { throw .failed(reason: "libcurl could not be started") }
        self.handle = handle
        self.request = request
        received = Received(maxBytes: request.maxBytes, truncates: request.truncates)
    }

    consuming func run() throws(HTTPClientError) -> HTTPClient.Answer {
        setUp()
        // Without this field curl waits for 100 Continue before a long body.
        let fields = CurlList(
            (request.headers + [HTTPClient.HeaderField("Expect", "")]).map { "\($0.name): \($0.value)" })
        let places = CurlList(request.pinned.map { ["\($0)"] } ?? [])
        let curl = handle.curl
        _ = jeton_curl_set_list(curl, CURLOPT_HTTPHEADER, fields.first)
        _ = jeton_curl_set_list(curl, CURLOPT_RESOLVE, places.first)
        let code = withExtendedLifetime(received) {
            // libcurl reads the body in place.
            request.body.withUnsafeBufferPointer { body in
                if !body.isEmpty || request.method == "POST" || request.method == "PUT" {
                    _ = jeton_curl_set_offset(curl, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count))
                    handle.set(CURLOPT_POSTFIELDS, UnsafeMutableRawPointer(mutating: body.baseAddress))
                }
                handle.set(CURLOPT_CUSTOMREQUEST, request.method)
                return curl_easy_perform(curl)
            }
        }
        guard code == CURLE_OK else { throw error(code) }
        return HTTPClient.Answer(
            status: handle.status, headers: received.headers, body: received.body,
            retryAfter: handle.retryAfter > 0 ? handle.retryAfter : nil)
    }

    private func setUp() {
        handle.set(CURLOPT_URL, request.url)
        handle.set(CURLOPT_PROTOCOLS_STR, "http,https")
        handle.set(CURLOPT_FOLLOWLOCATION, 0)
        // A path segment may be a login, hence “..”.
        handle.set(CURLOPT_PATH_AS_IS, 1)
        handle.set(CURLOPT_TIMEOUT_MS, request.timeout)
        if let path = request.unixSocket { handle.set(CURLOPT_UNIX_SOCKET_PATH, path) }
        // Ignores a proxy in the environment, which would look up the name itself.
        if request.unixSocket != nil || request.pinned != nil { handle.set(CURLOPT_PROXY, "") }
        handle.trust(request.authorities)
        if request.method == "HEAD" { handle.set(CURLOPT_NOBODY, 1) }
        let context = Unmanaged.passUnretained(received).toOpaque()
        handle.set(CURLOPT_WRITEDATA, context)
        handle.set(CURLOPT_HEADERDATA, context)
        _ = jeton_curl_set_take(handle.curl, CURLOPT_WRITEFUNCTION) { data, _, count, context in
            guard let data, let context else { return 0 }
            let received = Unmanaged<Received>.fromOpaque(context).takeUnretainedValue()
            guard received.body.count + count <= received.maxBytes else {
                received.isTooLarge = !received.truncates
                return received.truncates ? count : 0
            }
            received.body += UnsafeRawBufferPointer(start: data, count: count)
            return count
        }
        _ = jeton_curl_set_take(handle.curl, CURLOPT_HEADERFUNCTION) { data, size, count, context in
            guard let data, let context else { return 0 }
            let line = UnsafeRawBufferPointer(start: data, count: size * count)
            Unmanaged<Received>.fromOpaque(context).takeUnretainedValue()
                .take(headerLine: String(decoding: line, as: UTF8.self))
            return size * count
        }
    }

    /// Why a unix socket could not be connected; libcurl's message would name the host and port of the URL.
    private var socketReason: String? {
        guard request.unixSocket != nil, let number = handle.systemError else { return nil }
        return String(cString: strerror(number))
    }

    private func error(_ code: CURLcode) -> HTTPClientError {
        if received.isTooLarge { return .tooLarge(limit: request.maxBytes) }
        let reason = socketReason ?? handle.words(for: code)
        switch code {
        case CURLE_UNSUPPORTED_PROTOCOL, CURLE_URL_MALFORMAT: return .badAddress
        case CURLE_COULDNT_CONNECT, CURLE_COULDNT_RESOLVE_HOST: return .cannotConnect(reason: reason)
        case CURLE_OPERATION_TIMEDOUT: return .timedOut
        default: return .failed(reason: reason)
        }
    }
}
