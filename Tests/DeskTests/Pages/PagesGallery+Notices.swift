import Ledger
import TestHouse
import Tokens

@testable import Desk
@testable import DeskPages

extension PagesGallery {
    static let noticeChoices = NoticeChoiceCard(
        lines: NoticeKind.allCases.filter { !$0.isForAdministrators }.map {
            NoticeChoiceLine(
                kind: $0, choice: $0 == .burst ? .daily : .immediate, isFixed: $0 == .leak)
        }, mails: true, email: "alice@example.com")

    private static func notice(_ kind: NoticeKind, _ title: String, isRead: Bool = false) -> Notice {
        Notice(
            id: .next(at: now), at: now - .hours(3), kind: kind.rawValue, recipient: alice.id,
            content: NoticeContent(
                title: title, paragraphs: ["From its expiry on it is refused everywhere."],
                facts: [NoticeDetail("Token", "nightly"), NoticeDetail("Expires", "3 May 2026, 10:12 UTC")],
                traces: [NoticeDetail("Used", "at Maven from 192.0.2.1 with Maven 3.9")],
                link: NoticeAction("Rotate it", "/tokens")),
            readAt: isRead ? now : nil)
    }

    private static let told = [
        notice(.expiring, "Your token “nightly” expires in 7 days"),
        notice(.newBrowser, "Signed in with a new browser: Firefox", isRead: true),
    ]

    static let notices: [Picture] = [
        Picture(
            "notices", reader, NoticesPage(notices: told, next: told[1].id, kept: "a year", proof: proof)),
        Picture("notices-none", reader, NoticesPage(notices: [], proof: proof)),
        Picture("notices-end", reader, NoticesPage(notices: [], isOlder: true, proof: proof)),
        Picture("unsubscribe", nil, UnsubscribePage(code: "abc", proof: proof)),
        Picture("unsubscribed", nil, UnsubscribePage(code: "abc", isDone: true, proof: proof)),
        Picture(
            "deliveries", administrator,
            DeliveriesPage(
                figures: DeliveryFigures(waiting: 1, failed: 1, dueSince: now),
                lines: [
                    .init(
                        delivery: Delivery(
                            notice: told[0], channel: "mail", state: .failed, attempts: 10, nextAt: now,
                            lastError: "gave up after three days: 451 later"), recipient: "alice"),
                    .init(
                        delivery: Delivery(
                            notice: told[1], channel: "webhook/ops", state: .sent, attempts: 1, nextAt: now,
                            sentAt: now), recipient: nil),
                ], disabled: [DisabledEndpoint("webhook/old", at: now, reason: "410 Gone")], state: nil,
                proof: proof)),
        Picture(
            "deliveries-none", administrator,
            DeliveriesPage(
                figures: DeliveryFigures(waiting: 0, failed: 0, dueSince: nil), lines: [], disabled: [],
                state: .failed, proof: proof)),
        Picture(
            "team-webhook", reader,
            TeamWebhookPage(
                account: ci, webhook: nil, hosts: ["hooks.example.com"], url: "http://x",
                faults: [FormFault("url", "The address must begin with https://.")], proof: proof)),
        Picture(
            "team-webhook-set", reader,
            TeamWebhookPage(
                account: ci,
                webhook: TeamWebhook(
                    url: "https://hooks.example.com/a", sealedSecret: "x", changedAt: now, changedBy: nil),
                hosts: ["hooks.example.com"], secret: "whsec_AAAA", proof: proof)),
        Picture(
            "team-webhook-none", reader,
            TeamWebhookPage(account: ci, webhook: nil, hosts: [], proof: proof)),
    ]
}
