internal import CCurl

/// One mail, on one thread (<https://curl.se/libcurl/c/smtp-mime.html>).
struct SMTPTransfer: ~Copyable {
    private let handle: CurlHandle
    private let mail: Mail

    init(_ mail: Mail, to server: SMTPServer, timeout: Int) throws(SMTPFault) {
        guard let handle = CurlHandle() else {
            throw SMTPFault(.connection, reason: "libcurl could not be started")
        }
        let host = server.host.contains(":") ? "[\(server.host)]" : server.host
        handle.set(CURLOPT_URL, "\(server.security == .tls ? "smtps" : "smtp")://\(host):\(server.port)")
        handle.set(CURLOPT_PROTOCOLS_STR, "smtp,smtps")
        if server.security == .startTLS { handle.set(CURLOPT_USE_SSL, Int(CURLUSESSL_ALL.rawValue)) }
        handle.trust(server.authorities)
        if let login = server.login {
            handle.set(CURLOPT_USERNAME, login.name)
            handle.set(CURLOPT_PASSWORD, login.password)
        }
        handle.set(CURLOPT_TIMEOUT_MS, timeout)
        handle.set(CURLOPT_CONNECTTIMEOUT_MS, min(timeout, 10_000))
        handle.set(CURLOPT_MAIL_FROM, "<\(mail.from)>")
        self.handle = handle
        self.mail = mail
    }

    consuming func run() throws(SMTPFault) {
        let recipients = CurlList(["<\(mail.to)>"])
        let headers = CurlList(mail.headers)
        let curl = handle.curl
        _ = jeton_curl_set_list(curl, CURLOPT_MAIL_RCPT, recipients.first)
        _ = jeton_curl_set_list(curl, CURLOPT_HTTPHEADER, headers.first)
        guard let parts = curl_mime_init(curl) else {
            throw SMTPFault(.connection, reason: "libcurl is out of memory")
        }
        defer { curl_mime_free(parts) }
        // The last part is the best (RFC 2046, section 5.1.4).
        for (type, content) in [("text/plain", mail.text), ("text/html", mail.html)] {
            let part = curl_mime_addpart(parts)
            curl_mime_type(part, "\(type); charset=utf-8")
            curl_mime_encoder(part, "quoted-printable")
            let lines = content.replacing("\r\n", with: "\n").replacing("\n", with: "\r\n")
            curl_mime_data(part, lines, lines.utf8.count)
        }
        _ = jeton_curl_set_mime(curl, parts)
        let code = curl_easy_perform(curl)
        guard code == CURLE_OK else { throw fault(code) }
    }

    private func fault(_ code: CURLcode) -> SMTPFault {
        let (status, words) = (handle.status, handle.words(for: code))
        switch code {
        // RFC 4954, section 6: a login is required, too weak, wrong, or allowed with TLS only.
        case CURLE_SEND_ERROR where [530, 534, 535, 538].contains(status):
            return SMTPFault(.login, reason: "the mail server asks for a login (\(status))")
        case CURLE_LOGIN_DENIED:
            return SMTPFault(.login, reason: "the mail server refuses the login: \(words)")
        case CURLE_OPERATION_TIMEDOUT:
            return SMTPFault(.connection, reason: "the mail server does not answer in time")
        // “RCPT failed”; nothing is said of the answer to the mail's end.
        case CURLE_SEND_ERROR where status >= 400 && words.hasPrefix("RCPT"),
            CURLE_WEIRD_SERVER_REPLY where handle.uploaded > 0:
            return SMTPFault(
                .mail(status: status), reason: "the mail server refuses the mail with status \(status)")
        // “MAIL failed” and “DATA failed”.
        case CURLE_SEND_ERROR where status >= 400:
            return SMTPFault(
                .sender(status: status),
                reason: "the mail server refuses mail from this sender with status \(status)")
        default: return SMTPFault(.connection, reason: words)
        }
    }
}
