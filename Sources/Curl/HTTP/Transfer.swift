private import CCurl
import Glibc

/// One request and its response, on one thread.
///
/// The only file that uses `CCurl`; no pointer leaves it.
struct Transfer: ~Copyable {
    struct TransferRequest: Sendable {
        let method: String
        let url: String
        let headers: [HTTPClient.HeaderField]
        let body: [UInt8]
        let unixSocket: String?
        let authorities: String?
        let timeout: Int
        let maxBytes: Int
    }

    /// The response so far; the context of libcurl's callbacks.
    private final class Received {
        let maxBytes: Int
        var headers: [HTTPClient.HeaderField] = []
        var body: [UInt8] = []
        var isTooLarge = false

        init(maxBytes: Int) {
            self.maxBytes = maxBytes
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

    private static let isReady: Bool = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    private let curl: UnsafeMutableRawPointer
    private let request: TransferRequest
    private let received: Received
    private let errorText: UnsafeMutablePointer<CChar>

    init(_ request: TransferRequest) throws(HTTPClientError) {
        guard Self.isReady, let curl = curl_easy_init() else {
            throw .failed(reason: "libcurl could not be started")
        }
        self.curl = curl
        self.request = request
        received = Received(maxBytes: request.maxBytes)
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit {
        curl_easy_cleanup(curl)
        errorText.deallocate()
    }

    consuming func run() throws(HTTPClientError) -> HTTPClient.Answer {
        setUp()
        var list: UnsafeMutablePointer<curl_slist>?
        // Without this field curl waits for 100 Continue before a long body.
        for field in request.headers + [HTTPClient.HeaderField("Expect", "")] {
            list = curl_slist_append(list, "\(field.name): \(field.value)") ?? list
        }
        defer { curl_slist_free_all(list) }
        _ = jeton_curl_set_list(curl, CURLOPT_HTTPHEADER, list)
        let code = withExtendedLifetime(received) {
            // libcurl reads the body in place.
            request.body.withUnsafeBufferPointer { body in
                if !body.isEmpty || request.method == "POST" || request.method == "PUT" {
                    _ = jeton_curl_set_offset(curl, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count))
                    _ = jeton_curl_set_pointer(
                        curl, CURLOPT_POSTFIELDS, UnsafeMutableRawPointer(mutating: body.baseAddress))
                }
                _ = jeton_curl_set_string(curl, CURLOPT_CUSTOMREQUEST, request.method)
                return curl_easy_perform(curl)
            }
        }
        guard code == CURLE_OK else { throw error(code) }
        var status = 0
        _ = jeton_curl_get_status(curl, &status)
        return HTTPClient.Answer(status: status, headers: received.headers, body: received.body)
    }

    private func setUp() {
        _ = jeton_curl_set_pointer(curl, CURLOPT_ERRORBUFFER, errorText)
        _ = jeton_curl_set_string(curl, CURLOPT_URL, request.url)
        _ = jeton_curl_set_string(curl, CURLOPT_PROTOCOLS_STR, "http,https")
        _ = jeton_curl_set_long(curl, CURLOPT_FOLLOWLOCATION, 0)
        // A path segment may be a login, hence “..”.
        _ = jeton_curl_set_long(curl, CURLOPT_PATH_AS_IS, 1)
        // Otherwise libcurl uses a signal for DNS timeouts, which is unsafe with threads.
        _ = jeton_curl_set_long(curl, CURLOPT_NOSIGNAL, 1)
        _ = jeton_curl_set_long(curl, CURLOPT_TIMEOUT_MS, request.timeout)
        if let path = request.unixSocket {
            _ = jeton_curl_set_string(curl, CURLOPT_UNIX_SOCKET_PATH, path)
            // Ignores a proxy in the environment.
            _ = jeton_curl_set_string(curl, CURLOPT_PROXY, "")
        }
        if let authorities = request.authorities {
            _ = jeton_curl_set_string(curl, CURLOPT_CAINFO, authorities)
            // Only those that were named.
            _ = jeton_curl_set_string(curl, CURLOPT_CAPATH, nil)
        }
        if request.method == "HEAD" { _ = jeton_curl_set_long(curl, CURLOPT_NOBODY, 1) }
        let context = Unmanaged.passUnretained(received).toOpaque()
        _ = jeton_curl_set_pointer(curl, CURLOPT_WRITEDATA, context)
        _ = jeton_curl_set_pointer(curl, CURLOPT_HEADERDATA, context)
        _ = jeton_curl_set_take(curl, CURLOPT_WRITEFUNCTION) { data, _, count, context in
            guard let data, let context else { return 0 }
            let received = Unmanaged<Received>.fromOpaque(context).takeUnretainedValue()
            guard received.body.count + count <= received.maxBytes else {
                received.isTooLarge = true
                return 0
            }
            received.body += UnsafeRawBufferPointer(start: data, count: count)
            return count
        }
        _ = jeton_curl_set_take(curl, CURLOPT_HEADERFUNCTION) { data, size, count, context in
            guard let data, let context else { return 0 }
            let line = UnsafeRawBufferPointer(start: data, count: size * count)
            Unmanaged<Received>.fromOpaque(context).takeUnretainedValue()
                .take(headerLine: String(decoding: line, as: UTF8.self))
            return size * count
        }
    }

    /// Why a unix socket could not be connected; libcurl's message would name the host and port of the URL.
    private var socketReason: String? {
        var number = 0
        guard request.unixSocket != nil, jeton_curl_get_errno(curl, &number) == CURLE_OK, number != 0 else {
            return nil
        }
        return String(cString: strerror(CInt(number)))
    }

    private func error(_ code: CURLcode) -> HTTPClientError {
        if received.isTooLarge { return .tooLarge(limit: request.maxBytes) }
        let words = String(cString: errorText)
        let reason = socketReason ?? (words.isEmpty ? String(cString: curl_easy_strerror(code)) : words)
        switch code {
        case CURLE_UNSUPPORTED_PROTOCOL, CURLE_URL_MALFORMAT: return .badAddress
        case CURLE_COULDNT_CONNECT, CURLE_COULDNT_RESOLVE_HOST: return .cannotConnect(reason: reason)
        case CURLE_OPERATION_TIMEDOUT: return .timedOut
        default: return .failed(reason: reason)
        }
    }
}
