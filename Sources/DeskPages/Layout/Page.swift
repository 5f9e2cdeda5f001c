import Ledger
import Tokens

/// A page of the desk: a value that holds everything it shows.
///
/// Pages do no I/O, so that each state of each page can be rendered and tested without a server:
///
///     SignInPage(fault: "Wrong login or password.", proof: proof).document(for: nil)
protocol Page: Sendable {
    /// The title of the browser's tab.
    var title: String { get }
    /// The entry of the navigation that it belongs to.
    var navigationItem: NavigationItem? { get }
    /// The content between the banner and the footer.
    @HTMLBuilder var content: HTML { get }
}

extension Page {
    var navigationItem: NavigationItem? { nil }
}

/// An entry of the navigation.
enum NavigationItem: CaseIterable {
    case tokens, stewardship, requests, notices, account
    case overview, people, serviceAccounts, allTokens, incidents, whose, passwords, policy, events, deliveries

    var title: String {
        switch self {
        case .tokens: "My tokens"
        case .requests: "Requests"
        case .stewardship: "My service accounts"
        case .notices: "Notices"
        case .account: "Account"
        case .overview: "Overview"
        case .people: "People"
        case .serviceAccounts: "Service accounts"
        case .allTokens: "All tokens"
        case .incidents: "Incidents"
        case .whose: "Whose is this?"
        case .passwords: "Passwords"
        case .policy: "Policy"
        case .events: "Events"
        case .deliveries: "Deliveries"
        }
    }

    var path: DeskPath {
        switch self {
        case .tokens: .tokens
        case .requests: .requests
        case .stewardship: .stewardship
        case .notices: .notices
        case .account: .account
        case .overview: .overview
        case .people: .people
        case .serviceAccounts: .serviceAccounts
        case .allTokens: .allTokens
        case .incidents: .incidents
        case .whose: .whoseAny
        case .passwords: .passwords
        case .policy: .policy
        case .events: .events
        case .deliveries: .deliveries
        }
    }

    var isForAdministrators: Bool {
        switch self {
        case .tokens, .stewardship, .requests, .notices, .account: false
        case .overview, .people, .serviceAccounts, .allTokens, .incidents, .whose, .passwords, .policy,
            .events, .deliveries:
            true
        }
    }
}

/// The proof against cross-site request forgery that every form with an effect carries.
struct FormProof: Sendable, Hashable {
    let field: String
    let value: String
}

/// The signed-in person for whom a page is rendered.
struct PageReader: Sendable, Hashable {
    let login: String
    let name: String
    let isAdministrator: Bool
    /// Whether the navigation includes the report of passwords.
    var showsPasswords = false
    /// How many requests for approval wait for the person; `nil` where they have nothing to do with requests.
    var requests: Int?
    /// How many notices are new.
    var newNotices = 0
    /// Whether they are a steward of a service account.
    var isSteward = false
    /// The service accounts without a steward, for administrators.
    var unattended: [UnattendedAccount] = []
    /// For the sign-out form in the banner.
    let proof: FormProof
}

extension PageReader {
    func sees(_ item: NavigationItem) -> Bool {
        switch item {
        case .stewardship: isSteward
        case .requests: requests != nil
        // The bell stands beside the reader's name.
        case .notices: false
        case .passwords: isAdministrator && showsPasswords
        default: isAdministrator || !item.isForAdministrators
        }
    }

    /// The title of an entry, with how much waits there.
    func title(of item: NavigationItem) -> String {
        guard item == .requests, let requests, requests > 0 else { return item.title }
        return "\(item.title) (\(requests))"
    }
}

extension Page {
    /// The HTML document; `notice` is what was done by the form that led to it.
    func document(for reader: PageReader?, notice: String? = nil) -> String {
        let root = html(.lang("en")) {
            head {
                meta(.charset("utf-8"))
                meta(.name("viewport"), .content("width=device-width, initial-scale=1"))
                meta(.name("color-scheme"), .content("light dark"))
                HTML("title", [], HTML(text: "\(title) · Jeton"))
                link(.rel("icon"), .type("image/svg+xml"), .href(Assets.path("coin.svg")))
                link(.rel("stylesheet"), .href(Assets.path("desk.css")))
                script(.src(Assets.path("desk.js")), .defer) {}
            }
            body {
                a(.class("skip"), .href(.fragment("main"))) { "Skip to content" }
                banner(for: reader)
                HTML(
                    "main", [.id("main"), .focusable],
                    HTML(joining: [doneNotice(notice), warnings(for: reader), content]))
                footer(.class("foot")) {
                    p {
                        a(.href(.help)) { "Setup guides" }
                        " · "
                        a(.href(.api)) { "API" }
                    }
                    p {
                        "Jeton, the token desk. Tokens are stored as hashes: nobody can read them back, not even us."
                    }
                }
            }
        }
        return "<!doctype html>\n\(root.markup)\n"
    }

    @HTMLBuilder
    private func banner(for reader: PageReader?) -> HTML {
        header(.class("banner")) {
            div(.class("banner-inner")) {
                a(.class("brand"), .href(reader == nil ? .signIn : .tokens)) {
                    img(.src(Assets.path("coin.svg")), .alt(""), .width(28), .height(28))
                    span { "Jeton" }
                }
                if let reader {
                    navigation(for: reader, isAdministration: false)
                    bell(for: reader)
                    postForm(to: .signOut, proof: reader.proof, .class("sign-out")) {
                        span(.class("who"), .title(reader.name)) { reader.login }
                        button(.type("submit"), .class("quiet")) { "Sign out" }
                    }
                    if reader.isAdministrator { navigation(for: reader, isAdministration: true) }
                }
            }
        }
    }

    /// What is new, as a link to it.
    private func bell(for reader: PageReader) -> HTML {
        let count = reader.newNotices
        let words = count == 1 ? "1 new notice" : "\(count) new notices"
        return a(
            .class("bell"), .href(.notices), .label(count == 0 ? "Notices" : "Notices: \(words)"),
            navigationItem == .notices ? .currentPage : nil
        ) {
            svg(width: 24, height: 24, .width(20), .height(20), .decorative) {
                HTML(
                    "path",
                    [
                        .path(
                            "M12 2a6 6 0 0 0-6 6v5l-2 3v1h16v-1l-2-3V8a6 6 0 0 0-6-6zm-2.5 17a2.5 2.5 0 0 0 5 0z"
                        )
                    ], .none)
            }
            if count > 0 {
                span(.class("number"), .decorative) {
                    count >= LedgerLimits.newNoticesCounted ? "99+" : "\(count)"
                }
            }
        }
    }

    /// What administrators are told on every page of theirs.
    @HTMLBuilder
    private func warnings(for reader: PageReader?) -> HTML {
        if let reader, navigationItem?.isForAdministrators == true { unattendedNotice(reader.unattended) }
    }

    /// One's own pages, or those of administrators, which have a line of their own.
    private func navigation(for reader: PageReader, isAdministration: Bool) -> HTML {
        nav(
            .label(isAdministration ? "Administration" : "Pages"),
            isAdministration ? .class("administration") : nil
        ) {
            ul {
                for entry in NavigationItem.allCases
                where entry.isForAdministrators == isAdministration && reader.sees(entry) {
                    li {
                        a(.href(entry.path), entry == navigationItem ? .currentPage : nil) {
                            reader.title(of: entry)
                            if entry == .serviceAccounts { unattendedCount(reader.unattended) }
                        }
                    }
                }
            }
        }
    }
}
