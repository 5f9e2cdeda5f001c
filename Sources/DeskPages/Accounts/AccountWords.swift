import Ledger
import Tokens

/// A service account without an active steward.
struct UnattendedAccount: Sendable, Hashable {
    let account: Subject
    let since: Timestamp
    /// When its tokens pause, or since when they are paused.
    let pausesAt: Timestamp
    let now: Timestamp

    /// `nil` for an account that has a steward, or that somebody suspended.
    init?(_ account: Subject, grace: TimeSpan, at now: Timestamp) {
        guard let since = account.account?.unattendedSince, !account.isSuspended,
            let pausesAt = account.account?.pausesAt(grace: grace)
        else { return nil }
        self.account = account
        self.since = since
        self.pausesAt = pausesAt
        self.now = now
    }

    var isPaused: Bool { pausesAt <= now }

    /// "its tokens pause on 2 Apr 2026".
    var consequence: String {
        isPaused
            ? "its tokens have been paused since \(pausesAt.dayWords)"
            : "its tokens pause on \(pausesAt.dayWords)"
    }
}

/// The notice on every page of administrators about accounts that nobody attends to.
@HTMLBuilder
func unattendedNotice(_ accounts: [UnattendedAccount]) -> HTML {
    if !accounts.isEmpty {
        div(.class(accounts.contains(where: \.isPaused) ? "notice bad" : "notice overlap")) {
            for one in accounts.prefix(mostNamed) {
                p {
                    strong { a(.href(.serviceAccount(one.account.id))) { one.account.login.text } }
                    " has had no active steward since \(one.since.dayWords): \(one.consequence). "
                    a(.href(DeskPath.serviceAccount(one.account.id).at("edit"))) {
                        "Name one"
                        span(.class("unseen")) { " for \(one.account.login)" }
                    }
                    "."
                }
            }
            if accounts.count > mostNamed {
                p {
                    "And "
                    a(.href(.serviceAccounts)) { "\(accounts.count - mostNamed) more" }
                    "."
                }
            }
        }
    }
}

/// The most accounts that a notice names.
private let mostNamed = 3

/// The number of accounts that nobody attends to, in the navigation.
@HTMLBuilder
func unattendedCount(_ accounts: [UnattendedAccount]) -> HTML {
    if !accounts.isEmpty {
        span(.class("number")) {
            String(accounts.count)
            span(.class("unseen")) { " without a steward" }
        }
    }
}

/// What keeps an account's tokens from working, or will, as labels.
@HTMLBuilder
func accountTags(of account: Subject, grace: TimeSpan, at now: Timestamp) -> HTML {
    if account.isSuspended {
        span(.class("tag bad")) { "suspended" }
    } else if let unattended = UnattendedAccount(account, grace: grace, at: now) {
        span(.class(unattended.isPaused ? "tag bad" : "tag pause")) { "unattended" }
    } else {
        span(.class("tag")) { "attended" }
    }
}

/// That a token's owner is a service account which nobody attends to.
@HTMLBuilder
func unattendedTag(of owner: Subject?) -> HTML {
    if owner?.account?.unattendedSince != nil { span(.class("tag pause")) { "unattended" } }
}

/// When somebody has to look whether an account is still needed.
@HTMLBuilder
func reviewWords(of account: Subject, at now: Timestamp) -> HTML {
    if let review = account.account?.reviewOn {
        moment(review, .day)
        if review <= now { span(.class("tag bad")) { "review due" } }
    } else {
        span(.class("never")) { "None" }
    }
}

/// What "every service" means: for a token of `account`, or of the reader.
func everythingWords(_ account: Subject?) -> String {
    account.map { "Everything that \($0.login) may use, now and in future." }
        ?? "Everything you can do, now and in future."
}

/// Why a steward cannot grant every service of an account.
func beyondWords(_ services: [Service]) -> String {
    "The account may also use \(services.map(\.title).words(first: 3)), and you may not: "
        + "a steward who may can grant that."
}
