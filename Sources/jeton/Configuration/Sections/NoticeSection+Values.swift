import Curl
import Desk
import Notices
import Tokens

extension ValueParser<NoticeKind> {
    static let noticeKind = ValueParser(
        "kinds of notices",
        expected: "a kind of notice: \(NoticeKind.allCases.map(\.rawValue).joined(separator: ", "))",
        schema: .words(of: NoticeKind.self), read: NoticeKind.init(rawValue:))
}

extension ValueParser<TimeSpan> {
    static let timeOfDay = ValueParser(
        "`HH:MM`", expected: "a time of day such as 07:00",
        schema: .pattern("^([01][0-9]|2[0-3]):[0-5][0-9]$")
    ) { text in
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ $0.utf8.count == 2 && $0.allSatisfy(\.isNumber) }),
            let hours = Int64(parts[0]), let minutes = Int64(parts[1]), hours < 24, minutes < 60
        else { return nil }
        return .minutes(hours * 60 + minutes)
    }
}

extension ValueParser<HostPort> {
    static let mailServer = ValueParser(
        "`HOST:PORT`", expected: "a host and a port such as mail.example.com:465", read: HostPort.init)
}

extension ValueParser<SMTPServer.Security> {
    static let mailSecurity = ValueParser(
        "`tls`, `starttls` or `none`", expected: "tls, starttls or none",
        schema: .words(of: SMTPServer.Security.self), read: SMTPServer.Security.init(rawValue:))
}

extension ValueParser<MailAddress> {
    static let mailAddress = ValueParser(
        "`NAME <ADDRESS>`",
        expected: "a mail address such as tokens@example.com or Jeton <tokens@example.com>"
    ) { MailAddress($0) }
}

extension ValueParser<String> {
    static let webhookURL = ValueParser(
        "`https://…`", expected: "an http or https address such as https://hooks.example.com/jeton"
    ) { WebAddress($0) == nil ? nil : $0 }

    static let hostName = ValueParser(
        "names of hosts", expected: "the name of a host such as hooks.example.com"
    ) {
        text in
        let isName = text.utf8.allSatisfy { byte in
            (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x2D || byte == 0x2E
        }
        return isName && !text.isEmpty && !text.hasPrefix(".") && text.utf8.count <= 253 ? text : nil
    }
}

extension ValueParser<WebhookChannel.Format> {
    static let webhookFormat = ValueParser(
        "`standard` or `cloudevents`", expected: "standard or cloudevents",
        schema: .words(of: WebhookChannel.Format.self), read: WebhookChannel.Format.init(rawValue:))
}

extension ValueParser<WebhookKey> {
    static let webhookKey = secretFile { (text) throws(BadValue) in
        guard let key = WebhookKey(text) else {
            throw BadValue(
                "the file must contain a signing secret: whsec_ and 24 to 64 bytes in base64, or whsk_ and 32 bytes "
                    + "in base64, such as from `echo whsec_$(openssl rand -base64 32)`")
        }
        return key
    }
}

extension Configuration {
    /// Keys of notices without those that they need.
    var noticeConflicts: [KeyConflict] {
        var conflicts: [KeyConflict] = []
        let mail = notices.mail
        if given.contains(where: { $0.hasPrefix("notices.mail.") }), mail.server == nil {
            conflicts.append(
                KeyConflict("notices.mail.server", "is required with the other keys of `notices.mail`"))
        }
        if mail.server != nil, mail.from == nil {
            conflicts.append(
                KeyConflict(
                    "notices.mail.from", beside: "notices.mail.server",
                    "is required with `notices.mail.server`"))
        }
        if (mail.login == nil) != (mail.password == nil) {
            let (missing, other) =
                mail.login == nil
                ? ("notices.mail.login", "notices.mail.password_file")
                : ("notices.mail.password_file", "notices.mail.login")
            conflicts.append(KeyConflict(missing, beside: other, "is required with `\(other)`"))
        }
        for webhook in notices.webhooks {
            let prefix = "notices.webhooks.\(webhook.name)"
            if webhook.url == nil {
                conflicts.append(KeyConflict("\(prefix).url", beside: "\(prefix).secret_file", "is required"))
            }
            if webhook.key == nil {
                conflicts.append(
                    KeyConflict(
                        "\(prefix).secret_file", beside: "\(prefix).url",
                        "is required: receivers verify what they get with it"))
            }
        }
        return conflicts
    }

    /// Mail that anybody on the way could read, as sentences.
    var noticeWarnings: [String] {
        guard let server = notices.mail.server, notices.mail.security == .none,
            IPAddress(server.host)?.isLoopback != true, server.host != "localhost"
        else { return [] }
        return [
            "`notices.mail.security` is none: notices to \(server.host) can be read, and the login with them, on the way"
        ]
    }
}
