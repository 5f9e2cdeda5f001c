import Curl
import Desk
import Notices
import Tokens

/// `notices`: how people and other systems are told what happens.
struct NoticeSection: Sendable {
    struct Mail: Sendable {
        var server: HostPort?
        var security = SMTPServer.Security.tls
        var login: String?
        var password: String?
        var authorities: String?
        var from: MailAddress?
    }

    /// `notices.webhooks.NAME`.
    struct Webhook: NamedSection {
        let name: ServiceName
        var url: String?
        var key: WebhookKey?
        var previousKey: WebhookKey?
        var kinds: [NoticeKind] = []
        var format = WebhookChannel.Format.standard
        var authorities: String?

        init(name: ServiceName) {
            self.name = name
        }
    }

    var mail = Mail()
    var webhooks: [Webhook] = []
    /// The hosts to which stewards may send the notices of their accounts.
    var teamHosts: [String] = []
    /// What nobody can turn off.
    var always: [NoticeKind] = [.leak, .decoy, .passwordChanged]
    /// When digests are sent, after midnight in UTC.
    var digestAt = TimeSpan.hours(7)
}

extension ConfigurationKey {
    static let notices: [ConfigurationKey] = noticeRules + noticeMail + noticeWebhooks + teamWebhooks

    private static let noticeRules: [ConfigurationKey] = [
        .list(
            "notices.always", .noticeKind, default: "leak, decoy, password-changed",
            "The kinds of notices that are always mailed at once, whatever people choose "
                + "([kinds](operate/notices.md#kinds))."
        ) { $0.notices.always = $1 },
        .one(
            "notices.digest_at", .timeOfDay, default: "07:00",
            "When the daily digests are sent, in UTC."
        ) { $0.notices.digestAt = $1 },
    ]

    private static let noticeMail: [ConfigurationKey] = [
        .one(
            "notices.mail.server", .mailServer, default: "none: no mail is sent",
            "The mail server that takes notices ([notices](operate/notices.md))."
        ) { $0.notices.mail.server = $1 },
        .one(
            "notices.mail.security", .mailSecurity, default: "tls",
            "How the connection is protected: TLS from the first byte, STARTTLS, which must succeed, or nothing."
        ) { $0.notices.mail.security = $1 },
        .one(
            "notices.mail.from", .mailAddress, default: "none",
            "Whom mails come from. Required with a server."
        ) { $0.notices.mail.from = $1 },
        .one(
            "notices.mail.login", .title, default: "none",
            "The login at the mail server."
        ) { $0.notices.mail.login = $1 },
        .one(
            "notices.mail.password_file", .secretFile { (text) throws(BadValue) in text }, default: "none",
            "The file with the password of that login."
        ) { $0.notices.mail.password = $1 },
        .one(
            "notices.mail.ca_file", .path, default: "the system's",
            "The certificates, in PEM, of which one must have signed the mail server's."
        ) { $0.notices.mail.authorities = $1 },
    ]

    private static let noticeWebhooks: [ConfigurationKey] = [
        .webhook(
            "notices.webhooks.*.url", .webhookURL, default: "none",
            "The address to which notices are posted, by Standard Webhooks ([webhooks](operate/notices.md#webhooks))."
        ) { $0.url = $1 },
        .webhook(
            "notices.webhooks.*.secret_file", .webhookKey, default: "none",
            "The file with the signing secret: `whsec_` and base64 for HMAC-SHA256, or `whsk_` and base64 for Ed25519. "
                + "Required."
        ) { $0.key = $1 },
        .webhook(
            "notices.webhooks.*.previous_secret_file", .webhookKey, default: "none",
            "The file with the secret from before, which signs as well until the receiver knows the new one."
        ) { $0.previousKey = $1 },
        .namedList(
            "notices.webhooks.*.kinds", .noticeKind, default: "all kinds",
            "The kinds of notices that it gets.", in: \.notices.webhooks
        ) { $0.kinds = $1 },
        .webhook(
            "notices.webhooks.*.format", .webhookFormat, default: "standard",
            "The form of the body: that of Standard Webhooks, or CloudEvents 1.0."
        ) { $0.format = $1 },
        .webhook(
            "notices.webhooks.*.ca_file", .path, default: "the system's",
            "The certificates, in PEM, of which one must have signed the endpoint's."
        ) { $0.authorities = $1 },
    ]

    private static let teamWebhooks: [ConfigurationKey] = [
        .list(
            "notices.team_webhooks.allowed", .hostName, default: "none",
            "The hosts to which stewards may have the notices of a service account posted, by https. Addresses of private "
                + "networks are refused."
        ) { $0.notices.teamHosts = $1 }
    ]

    private static func webhook<Value>(
        _ path: String, _ form: ValueParser<Value>, default standard: String, _ sentence: String,
        set: @escaping @Sendable (inout NoticeSection.Webhook, Value) -> Void
    ) -> Self {
        .named(path, form, default: standard, sentence, in: \.notices.webhooks, set: set)
    }
}
