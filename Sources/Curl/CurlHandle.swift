internal import CCurl
import Glibc

/// One easy handle of libcurl (<https://curl.se/libcurl/c/libcurl-easy.html>), used by one thread.
struct CurlHandle: ~Copyable {
    private static let isReady: Bool = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    let curl: UnsafeMutableRawPointer
    private let errorText: UnsafeMutablePointer<CChar>

    /// `nil` where libcurl cannot be started.
    init?() {
        guard Self.isReady, let curl = curl_easy_init() else { return nil }
        self.curl = curl
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        set(CURLOPT_ERRORBUFFER, errorText)
        // Otherwise libcurl uses a signal for DNS timeouts, which is unsafe with threads.
        set(CURLOPT_NOSIGNAL, 1)
    }

    deinit {
        curl_easy_cleanup(curl)
        errorText.deallocate()
    }

    func set(_ option: CURLoption, _ value: Int) {
        _ = jeton_curl_set_long(curl, option, value)
    }

    func set(_ option: CURLoption, _ text: String?) {
        _ = jeton_curl_set_string(curl, option, text)
    }

    func set(_ option: CURLoption, _ pointer: UnsafeMutableRawPointer?) {
        _ = jeton_curl_set_pointer(curl, option, pointer)
    }

    /// Trusts only the certificates of that file; `nil` for the system's.
    func trust(_ authorities: String?) {
        guard let authorities else { return }
        set(CURLOPT_CAINFO, authorities)
        _ = jeton_curl_set_string(curl, CURLOPT_CAPATH, nil)
    }

    /// The last status that the server answered; zero without an answer.
    var status: Int {
        var status = 0
        _ = jeton_curl_get_long(curl, CURLINFO_RESPONSE_CODE, &status)
        return status
    }

    /// The number of seconds after which to try again (`Retry-After`, RFC 9110, section 10.2.3); zero without one.
    var retryAfter: Int {
        var seconds: curl_off_t = 0
        _ = jeton_curl_get_offset(curl, CURLINFO_RETRY_AFTER, &seconds)
        return Int(seconds)
    }

    /// The number of bytes of a body that were sent.
    var uploaded: Int {
        var bytes: curl_off_t = 0
        _ = jeton_curl_get_offset(curl, CURLINFO_SIZE_UPLOAD_T, &bytes)
        return Int(bytes)
    }

    /// The number of the system's error; `nil` without one.
    var systemError: CInt? {
        var number = 0
        guard jeton_curl_get_long(curl, CURLINFO_OS_ERRNO, &number) == CURLE_OK, number != 0 else {
            return nil
        }
        return CInt(number)
    }

    /// Libcurl's words for an error.
    func words(for code: CURLcode) -> String {
        let words = String(cString: errorText)
        return words.isEmpty ? String(cString: curl_easy_strerror(code)) : words
    }
}

/// A list of texts for libcurl.
struct CurlList: ~Copyable {
    private(set) var first: UnsafeMutablePointer<curl_slist>?

    init(_ texts: [String]) {
        for text in texts { first = curl_slist_append(first, text) ?? first }
    }

    deinit {
        curl_slist_free_all(first)
    }
}
