import Desk
import Ledger
import Tokens

/// Who a service account is, above the list of its tokens, for its stewards.
struct AccountHead: Sendable, Hashable {
    let subject: Subject
    /// The people who may manage its tokens, with the reader.
    let stewards: [Subject]
    let reader: SubjectID
    /// Signs that a person uses its tokens.
    var humanUses: [HumanUse] = []
    /// The logins of the people in ``humanUses``.
    var humans: [SubjectID: String] = [:]

    /// What it is for.
    var lead: String { subject.account?.purpose ?? "" }

    /// What is wrong with it.
    @HTMLBuilder
    func notices(_ wording: Wording) -> HTML {
        if subject.isSuspended {
            div(.class("notice bad")) {
                p { strong { "An administrator suspended this account: none of its tokens work." } }
            }
        }
        humanUseNotice(humanUses, humans, wording)
    }

    func html(_ wording: Wording) -> HTML {
        section(.class("card"), .labelledBy("who")) {
            h2(.id("who")) { subject.name }
            dl(.class("facts")) {
                div {
                    dt { "Login" }
                    dd { code(.class("identifier"), .translateNo) { subject.login.text } }
                }
                div {
                    dt { "Its stewards" }
                    dd { stewardWords }
                }
                div {
                    dt { "Review" }
                    dd { reviewWords(of: subject, at: wording.now) }
                }
            }
            accountLimits(of: subject, wording)
            p(.class("hint")) {
                a(.href(.trust(of: subject.id))) { "Trust rules for CI jobs" }
                ", "
                a(.href(.teamWebhook(subject.id))) { "a webhook for its notices" }
            }
        }
    }

    private var stewardWords: String {
        let others = stewards.filter { $0.id != reader }.map(\.login.text)
        return others.isEmpty ? "Only you" : "You, \(others.words(first: 8))"
    }
}

/// The services and the addresses that an account is bound to.
func accountLimits(of subject: Subject, _ wording: Wording) -> HTML {
    let account = subject.account
    return ul(.class("scopes"), .label("What its tokens may be used for")) {
        if let services = account?.services, !services.isEmpty {
            for service in services { li { wording.titles[service.text] } }
        } else {
            li { "Every service that admits it" }
        }
        if !subject.groups.isEmpty { li(.class("from")) { "In \(subject.groups.joined(separator: ", "))" } }
        if let addresses = account?.addresses, !addresses.isEmpty {
            li(.class("from")) {
                "Only from \(addresses.map(\.description).joined(separator: ", "))"
            }
        }
    }
}
