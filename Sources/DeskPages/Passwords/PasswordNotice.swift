import Ledger
import Tokens

/// On My Tokens: that one's password was used by a tool, where a token should be.
struct PasswordNotice: Sendable, Hashable {
    /// The uses of the last 30 days, the latest first.
    let uses: [PasswordUse]
    /// What each service does with passwords.
    let policies: [String: PasswordPolicy]

    /// The most that are listed.
    private static let most = 5

    @HTMLBuilder
    func html(_ wording: Wording) -> HTML {
        if !uses.isEmpty {
            section(.class("notice overlap"), .labelledBy("passwords")) {
                h2(.id("passwords")) { "Your password was used by a tool" }
                ul { for use in uses.prefix(Self.most) { li { line(use, wording) } } }
                if uses.count > Self.most { p { "and \(uses.count - Self.most) more" } }
                p { "Create a token for each tool and replace the password with it." }
            }
        }
    }

    @HTMLBuilder
    private func line(_ use: PasswordUse, _ wording: Wording) -> HTML {
        strong { wording.titles[use.service] }
        if !use.client.isEmpty { " by \(use.client)" }
        if !use.address.isEmpty { " from \(use.address)" }
        ", last on "
        moment(use.lastAt, .minute)
        ". Passwords "
        switch policies[use.service] {
        case .transition(let until?) where wording.now < until:
            "work there until "
            moment(until, .day)
        case .transition(nil): "work there for now"
        default: "are refused there now"
        }
        "."
    }
}
