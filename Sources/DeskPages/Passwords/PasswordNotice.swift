import Ledger
import Tokens

/// The notice on My Tokens that a tool used the person's password instead of a token.
struct PasswordNotice: Sendable, Hashable {
    /// The uses of the last 30 days, latest first.
    let uses: [PasswordUse]
    /// The policy of each service, by its name.
    let policies: [String: PasswordPolicy]

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
