import Desk
import Ledger
import Tokens

/// The confirmation before a previous secret is ended which something still uses.
struct EndPreviousPage: Page {
    let token: Token
    let previous: [PreviousSecretMove]
    /// A year of the token's uses.
    var history: UseHistory?
    /// The owner's login, where an administrator ends it.
    var owner: String?
    let paths: TokenPaths
    let wording: Wording
    let proof: FormProof

    /// The field that says that what still uses the secret was shown.
    static let field = "confirmed"

    var title: String { "End the previous secret of \(token.name)" }
    var navigationItem: NavigationItem? { paths.navigationItem }

    private var isWorking: Bool { token.isWorking(at: wording.now) }
    private var places: [SecretMove.Place] { previous.flatMap(\.unmoved) }

    var content: HTML {
        section(.class("card medium"), .labelledBy("title")) {
            h1(.id("title")) { "End the previous secret of “\(token.name)”?" }
            p(.class("lead")) {
                if let owner { "The token belongs to \(owner). " }
                if isWorking {
                    "What is listed here has not moved to the new secret, and stops working at once. "
                    "The token and its current secret keep working. "
                } else {
                    "The token has ended, and this secret of it still works. "
                }
                "This cannot be undone."
            }
            h2 { "What will stop working" }
            if places.isEmpty {
                p(.class("hint")) { "Nothing used it in the 30 days before it was replaced, nor since." }
            } else {
                list
                if let history { history.rhythmHTML(wording) }
            }
            postForm(to: paths.endPrevious, proof: proof) {
                input(.type("hidden"), .name(Self.field), .value("yes"))
                p(.class("actions")) {
                    button(.type("submit"), .class("danger solid")) { "End the previous secret" }
                    a(.class("button quiet"), .href(paths.page)) { "Cancel" }
                }
            }
        }
    }

    private var list: HTML {
        table(.class("cards"), .role("table")) {
            caption(.class("unseen")) { "Places that still use the previous secret" }
            thead {
                tr(.role("row")) {
                    for name in ["Service", "From", "Client", "Last used"] { columnHeader(name) }
                }
            }
            tbody {
                for place in places {
                    tr(.role("row")) {
                        cell("Service") { strong { wording.titles[place.service] } }
                        cell("From") { place.address.isEmpty ? "various addresses" : place.address }
                        cell("Client") { place.client.isEmpty ? "various clients" : place.client }
                        cell("Last used") { moment(place.previousUse) }
                    }
                }
            }
        }
    }
}
