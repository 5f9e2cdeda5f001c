import Curl
import Desk
import DeskPages
import Exports
import Ledger
import Notices
import Sodium
import Tokens

extension Configuration {
    /// The desk's address, without a slash at its end.
    private var deskAddress: String { "\(publicURL)".withoutLastSlash }

    /// The way to send mail; `nil` where no mail server is configured.
    private var mailChannel: MailChannel? {
        let mail = notices.mail
        guard let server = mail.server, let from = mail.from else { return nil }
        var login: SMTPLogin?
        if let name = mail.login, let password = mail.password {
            login = SMTPLogin(name: name, password: password)
        }
        return MailChannel(
            SMTPServer(
                host: server.host, port: Int(server.port), security: mail.security, login: login,
                trusting: mail.authorities),
            from: from, desk: deskAddress, choices: "\(deskAddress)/account#notices")
    }

    private func endpoints(_ clock: Clock) -> [NoticeSettings.Endpoint] {
        notices.webhooks.compactMap { webhook in
            guard let url = webhook.url, let key = webhook.key else { return nil }
            return NoticeSettings.Endpoint(
                name: webhook.name.text, kinds: Set(webhook.kinds),
                channel: WebhookChannel(
                    url: url, keys: [key, webhook.previousKey].compactMap(\.self), format: webhook.format,
                    desk: deskAddress, trusting: webhook.authorities, clock: clock))
        }
    }

    /// What the sender of notices needs.
    func noticeSettings(
        key: KeyedHash, exports: [EventExport], failures: LedgerFailures, clock: Clock
    ) -> NoticeSettings {
        var settings = NoticeSettings(address: deskAddress)
        settings.mail = mailChannel
        settings.endpoints = endpoints(clock)
        settings.always = Set(notices.always)
        settings.digestAt = notices.digestAt
        settings.services = services
        let (address, rule, box) = (deskAddress, teamRule, SecretBox(key, purpose: TeamWebhookRule.purpose))
        settings.team = { webhook in
            guard rule.allows(webhook.url), let secret = box.open(webhook.sealedSecret),
                let key = WebhookKey(String(decoding: secret, as: UTF8.self))
            else { return nil }
            return WebhookChannel(
                url: webhook.url, keys: [key], reach: .publicOnly, desk: address, clock: clock)
        }
        let link = UnsubscribeLink(key: key)
        settings.unsubscribe = { address + link.path(for: $0) }
        settings.exportLags = {
            Dictionary(
                exports.filter { $0.figures.isSending }.map { ($0.name, $0.lag) },
                uniquingKeysWith: { first, _ in first })
        }
        settings.ledgerFailures = {
            LedgerFailures.Work.allCases.reduce(0) { $0 + failures[$1] }
        }
        return settings
    }

    /// What people and administrators may do about notices.
    func noticeAbilities(
        _ settings: NoticeSettings, key: KeyedHash, clock: Clock
    ) -> NoticeDesk.Abilities {
        var abilities = NoticeDesk.Abilities()
        abilities.mails = settings.mail != nil
        abilities.endpoints = settings.endpoints.map(\.name)
        abilities.always = settings.always
        abilities.team = teamRule
        let box = SecretBox(key, purpose: TeamWebhookRule.purpose)
        abilities.makeSecret = {
            let text = WebhookKey.makeText()
            return (text, box.seal(Array(text.utf8)))
        }
        let tester = NoticeTester(settings, clock: clock)
        abilities.test = { await tester.send($0) }
        return abilities
    }

    /// Where stewards may have notices posted.
    var teamRule: TeamWebhookRule { TeamWebhookRule(hosts: notices.teamHosts) }
}
