import Ledger
import Tokens

@testable import Desk
@testable import DeskPages

/// Service accounts, for administrators and for their stewards.
extension PagesGallery {
    static func account(
        _ number: Int64, _ login: String, _ title: String, _ purpose: String,
        _ change: (inout ServiceAccount) -> Void = { _ in }
    ) -> Subject {
        var account = ServiceAccount(purpose: purpose, owners: ["build-team"], stewards: [bruno.id])
        change(&account)
        return Subject(
            id: id(number), login: (try? Login(login))!, name: title, groups: ["ci"],
            createdAt: now - .days(90), account: account)
    }

    static let ci = account(70, "bot-ci", "Nightly builds", "Builds main every night, and publishes it") {
        $0.services = [services[0].name, services[1].name]
        $0.addresses = [AddressRange("10.20.0.0/16")!]
        $0.reviewOn = now + .days(80)
    }
    static let left = account(71, "bot-docs", "bot-docs", "Publishes the handbook") {
        $0.unattendedSince = now - .days(3)
        $0.reviewOn = now - .days(20)
    }
    static let lost = account(72, "bot-backup", "Backups", "Fetches what is backed up at night") {
        $0.unattendedSince = now - .days(40)
    }
    static let stopped = with(account(73, "bot-demo", "Demo", "Shows the product at fairs")) {
        $0.suspendedAt = now - .days(2)
    }
    static let unattended = [left, lost].compactMap {
        UnattendedAccount($0, grace: TokenPolicy.standardGrace, at: now)
    }
    static var warned: PageReader {
        var reader = administrator
        reader.isSteward = true
        reader.unattended = unattended
        return reader
    }
    static var steward: PageReader {
        var reader = reader
        reader.isSteward = true
        return reader
    }

    static let nightlyToken = token(74, "Nightly", "maven:write git:read", owner: ci)
    static let nightlyUse = use(nightlyToken, "maven", "10.20.4.17", "Maven 3.9.9", ago: .hours(7), count: 31)
    static let humanUses = [
        HumanUse(sign: .browser, use: use(nightlyToken, "git", "203.0.113.9", "Firefox", ago: .hours(3))),
        HumanUse(
            sign: .signIn(bruno.id),
            use: use(nightlyToken, "maven", "198.51.100.4", "curl 8.14", ago: .days(2), count: 4)),
        HumanUse(
            sign: .ownToken(chen.id),
            use: use(nightlyToken, "maven", "10.20.4.18", "Maven 3.9.9", ago: .days(3), count: 12)),
    ]
    static let humans = [bruno.id: "bruno", chen.id: "chen.wei"]

    private static func form(
        _ typed: TypedAccount, _ faults: [FormFault] = [], of account: Subject? = nil
    ) -> AccountForm {
        AccountForm(
            typed: typed, faults: faults, account: account?.id, services: services, logins: .standard,
            now: now, proof: proof)
    }

    private static func page(
        _ account: Subject, stewards: [Subject], named: [Subject],
        _ change: (inout ServiceAccountPage) -> Void = { _ in }
    ) -> ServiceAccountPage {
        var page = ServiceAccountPage(
            account: account, stewards: stewards, named: named,
            tokens: [ListedToken(token: nightlyToken, owner: account, lastUse: nightlyUse)],
            form: form(TypedAccount(account, named: named), of: account),
            events: [
                .init(
                    event: Event(
                        .accountUnattended, at: now - .days(3), actor: nil, subject: account.id,
                        detail: account.login.text), actor: nil, subject: account.login.text,
                    account: account.id)
            ], grace: TokenPolicy.standardGrace, wording: wording)
        change(&page)
        return page
    }

    private static let usedToken = StopAccountPage.UsedToken(
        listed: ListedToken(token: nightlyToken, owner: ci, lastUse: nightlyUse), uses: [nightlyUse])

    private static func head(_ account: Subject) -> AccountHead {
        AccountHead(subject: account, stewards: [alice, bruno, chen], reader: alice.id)
    }

    private static func tokens(
        _ account: Subject, _ rows: [TokenRow], _ change: (inout TokensPage) -> Void = { _ in }
    ) -> TokensPage {
        var form = form()
        form.account = account
        form.grantable = [.rotate]
        var page = TokensPage(
            active: rows, past: [], form: form, account: head(account), wording: wording)
        change(&page)
        return page
    }

    private static let former: FormerAccountPage = {
        var account = ci
        account.endedAt = now - .days(2)
        return FormerAccountPage(account: account, wording: wording)
    }()

    static let accounts: [Picture] = [
        Picture(
            "accounts-none", administrator,
            AccountsPage(accounts: [], grace: TokenPolicy.standardGrace, wording: wording)),
        Picture(
            "accounts", warned,
            AccountsPage(
                accounts: [
                    .init(account: lost, stewards: [], tokens: 1, lastUse: nil),
                    .init(
                        account: ci, stewards: [alice, bruno, chen, dora], tokens: 2, lastUse: nightlyUse),
                    .init(account: stopped, stewards: [bruno], tokens: 0, lastUse: nil),
                    .init(account: left, stewards: [], tokens: 3, lastUse: nightlyUse),
                ], grace: TokenPolicy.standardGrace, wording: wording)),
        Picture("account-removed", administrator, former),
        Picture("account-new", administrator, NewAccountPage(form: form(TypedAccount()))),
        Picture(
            "account-new-faults", administrator,
            NewAccountPage(
                form: form(
                    TypedAccount(
                        login: "ci", owners: "", stewards: "zoë", services: ["git", "gone"], addresses: "home"
                    ),
                    [
                        FormFault("login", "The login must fit “bot-*”, such as bot-ci."),
                        FormFault("stewards", "There is no person “zoë”: use their login."),
                        FormFault("services", "There is no service “gone”: use maven, git, studio."),
                        FormFault("addresses", "“home” is not an IP address or range."),
                    ]))),
        Picture("account", administrator, page(ci, stewards: [alice, bruno], named: [bruno])),
        Picture("account-unattended", warned, page(left, stewards: [], named: [dora, emil, fleur])),
        Picture(
            "account-used-by-people", administrator,
            page(ci, stewards: [alice, bruno], named: [bruno]) {
                $0.humanUses = humanUses
                $0.humans = humans
            }),
        Picture("account-suspended", administrator, page(stopped, stewards: [bruno], named: [bruno])),
        Picture(
            "account-suspend", administrator,
            StopAccountPage(
                deed: .suspend, account: ci,
                tokens: [usedToken],
                wording: wording,
                proof: proof)),
        Picture(
            "account-remove", administrator,
            StopAccountPage(
                deed: .remove, account: ci,
                tokens: [
                    usedToken,
                    .init(listed: ListedToken(token: push, owner: ci, lastUse: nil), uses: []),
                ], wording: wording, proof: proof)),
        Picture(
            "account-remove-unused", administrator,
            StopAccountPage(deed: .remove, account: stopped, tokens: [], wording: wording, proof: proof)),
    ]

    /// The form of an account's page, filled in by a refusal's link.
    private static func linked(_ account: Subject) -> NewTokenPage {
        var page = linked("?service=git&access=write&path=/team/app.git")
        page.form.account = account
        page.form.grantable = [.rotate]
        return page
    }

    static let stewardship: [Picture] = [
        Picture("account-new-token-link", steward, linked(ci)),
        Picture("my-accounts-none", reader, StewardshipPage(accounts: [], now: now)),
        Picture(
            "my-accounts", steward,
            StewardshipPage(
                accounts: [
                    .init(account: ci, tokens: 2, lastUse: now - .hours(7)),
                    .init(account: left, tokens: 0, lastUse: nil),
                    .init(account: stopped, tokens: 1, lastUse: now - .days(30)),
                ], now: now)),
        Picture("account-tokens-none", steward, tokens(ci, [])),
        Picture(
            "account-tokens", steward,
            tokens(ci, [TokenRow(token: nightlyToken, lastUse: nightlyUse), rows[1]]) {
                $0.account?.humanUses = humanUses
                $0.account?.humans = humans
            }),
        Picture(
            "account-tokens-beyond", steward,
            tokens(stopped, []) { $0 = $0.beyond([services[2]]) }),
        Picture(
            "token-of-account", steward,
            TokenPage(
                token: nightlyToken, account: ci, humanUses: humanUses, humans: humans, lastUse: nightlyUse,
                uses: [nightlyUse], wording: wording, proof: proof)),
        Picture(
            "token-of-account-for-administrator", administrator,
            TokenPage(
                token: nightlyToken, owner: ci, lastUse: nightlyUse, uses: [nightlyUse], wording: wording,
                proof: proof)),
        Picture(
            "rotate-of-account", steward,
            RotatePage(token: nightlyToken, uses: [nightlyUse], account: ci, wording: wording, proof: proof)),
    ]
}

extension TokensPage {
    fileprivate func beyond(_ services: [Service]) -> TokensPage {
        var form = form
        form.beyond = services
        return TokensPage(active: active, past: past, form: form, account: account, wording: wording)
    }
}
