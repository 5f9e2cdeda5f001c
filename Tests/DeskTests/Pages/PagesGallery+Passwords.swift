import Ledger
import Tokens

@testable import Desk
@testable import DeskPages

/// Passwords in use, for their administrator and their owner.
extension PagesGallery {
    static let passwordUses = [
        passwordUse(bruno, "maven", "10.20.4.17", "Maven 3.8.7", ago: .minutes(4), count: 1204),
        passwordUse(chen, "maven", "2001:db8:85a3::8a2e:370:7334", "Gradle 8.5", ago: .hours(5), count: 17),
        passwordUse(alice, "git", "192.0.2.44", "Git 2.39.5", ago: .days(2), count: 3),
    ]

    static func passwordUse(
        _ owner: Subject, _ service: String, _ address: String, _ client: String, ago: TimeSpan, count: Int
    ) -> ListedPasswordUse {
        ListedPasswordUse(
            use: PasswordUse(
                subject: owner.id, service: service, address: address, client: client, lastAt: now - ago,
                count: count), owner: owner)
    }

    static let passwords: [Picture] = {
        var teller = administrator
        teller.showsPasswords = true
        let end = Timestamp(date: "2026-04-20")
        func report(_ uses: [ListedPasswordUse]) -> PasswordReport {
            PasswordReport(
                since: now - .days(30),
                services: [
                    .init(name: "maven", policy: .transition(until: end), people: 2),
                    .init(name: "studio", policy: .transition(until: nil), people: 0),
                    .init(name: "git", policy: .refused, people: 1),
                ], uses: uses)
        }
        let notice = PasswordNotice(
            uses: passwordUses.map(\.use),
            policies: ["maven": .transition(until: end), "git": .transition(until: now - .days(1))])
        return [
            Picture("passwords", teller, PasswordsPage(report: report(passwordUses), wording: wording)),
            Picture(
                "passwords-none", teller,
                PasswordsPage(
                    report: report([]), filter: .init(service: "studio", span: .quarter), wording: wording)),
            Picture(
                "passwords-closed", teller,
                PasswordsPage(
                    report: PasswordReport(since: now - .days(30), services: [], uses: []), wording: wording)),
            Picture(
                "my-tokens-password", reader,
                TokensPage(
                    active: Array(rows.prefix(2)), past: [], form: form(), passwords: notice, wording: wording
                )),
        ]
    }()
}
