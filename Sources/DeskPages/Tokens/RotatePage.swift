import Desk
import Ledger
import Tokens

/// The form before a token gets a new secret: asks when the previous one should stop working.
struct RotatePage: Page {
    let token: Token
    /// Its uses of the last ``daysOfUseTables`` days, latest first.
    let uses: [Use]
    /// A year of its uses.
    var history: UseHistory?
    /// Previous secrets that still work: they have to end first.
    var previous: [PreviousSecretMove] = []
    var fault: String?
    /// The service account that it belongs to, where a steward rotates it.
    var account: Subject?
    let wording: Wording
    let proof: FormProof

    /// How long both secrets work.
    enum Choice: String, CaseIterable {
        case none = "now"
        case hour = "1h"
        case day = "24h"
        case week = "7d"
        case untilMoved = "moved"

        var overlap: Overlap {
            switch self {
            case .none: .none
            case .hour: .hour
            case .day: .day
            case .week: .week
            case .untilMoved: .untilMoved
            }
        }

        var words: String {
            switch self {
            case .none: "Now"
            case .hour: "In 1 hour"
            case .day: "In 24 hours"
            case .week: "In 7 days"
            case .untilMoved: "When everything has moved"
            }
        }

        var hint: String {
            switch self {
            case .none: "You lost it, or it may have leaked."
            case .hour: "Time to replace it by hand."
            case .day: "Time for a day’s builds to pick up the new one."
            case .week: "Time to ask others to replace it."
            case .untilMoved:
                "As soon as each place that used it in the last 30 days was seen with the new secret; at the latest after 30 days."
            }
        }
    }

    /// The choice that is marked: an overlap where the token is in use.
    private var usual: Choice {
        uses.contains { $0.service != ServiceName.desk } || history?.rhythm.next != nil ? .untilMoved : .none
    }

    var title: String { "Rotate \(token.name)" }
    var navigationItem: NavigationItem? { TokenPaths(id: token.id, account: account).navigationItem }

    var content: HTML {
        section(.class("card medium"), .labelledBy("title")) {
            h1(.id("title")) { "Rotate “\(token.name)”" }
            p(.class("lead")) {
                if let account { "It belongs to \(account.login). " }
                "It gets a new secret and keeps its identifier, its name and its access."
                if token.expiresAt != nil { " Its lifetime starts again." }
            }
            if previous.isEmpty { form } else { beingRotated }
            useTable(
                uses, heading: "Where it is used",
                none: "Nothing has used it in the last \(daysOfUseTables) days.", wording)
            if let history, !uses.isEmpty { history.rhythmHTML(wording) }
        }
    }

    /// What to do first, where a rotation goes on.
    private var beingRotated: HTML {
        div(.class("notice overlap")) {
            p { strong { "It is being rotated. To rotate it again, first end the previous secret." } }
            for one in previous {
                p { previousSecretWords(one.secret) }
                p { one.summary(wording.titles) }
            }
            div(.class("actions")) {
                endPreviousForm(of: token, at: .endPrevious(token.id), proof)
                a(.class("button quiet"), .href(.token(token.id))) { "Back to the token" }
            }
        }
    }

    @HTMLBuilder
    private var form: HTML {
        faultNotice(fault)
        postForm(to: .rotate(token.id), proof: proof) {
            fieldset(.class("field")) {
                legend { "When should the previous secret stop working?" }
                for choice in Choice.allCases {
                    radioChoice(
                        "overlap", choice.rawValue, choice.words, choice.hint, isChosen: choice == usual)
                }
            }
            p(.class("actions")) {
                button(.type("submit"), .class("primary")) { "Rotate" }
                a(.class("button quiet"), .href(.token(token.id))) { "Cancel" }
            }
        }
    }
}
