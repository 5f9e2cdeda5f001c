import Ledger
import Tokens

/// For administrators: one person, with their role and their groups.
struct PersonPage: Page {
    let person: Subject
    /// The groups by the way in which they came.
    let groups: GroupsByWay
    /// What was typed for the groups, where it could not be taken.
    var typedGroups: String?
    var faults: [FormFault] = []
    /// Why the desk does not decide on the groups, if it does not.
    var groupsRefusal: String?
    /// Why the desk does not decide whether they administer, if it does not.
    var roleRefusal: String?
    var done: String?
    let proof: FormProof

    var title: String { person.login.text }
    var navigationItem: NavigationItem? { .people }

    var content: HTML {
        doneNotice(done)
        pageHead(person.name, identity)
        div(.class("columns")) {
            groupsCard
            roleCard
        }
        p(.class("actions")) {
            a(.class("button"), .href(DeskPath.allTokens.with([("search", person.login.text)]))) {
                "Tokens of \(person.login)"
            }
            a(.class("button quiet"), .href(.people)) { "Back to people" }
        }
    }

    private var identity: String {
        var parts = ["Login \(person.login)"]
        if let email = person.email { parts.append(email) }
        if person.isBreakGlass { parts.append("break-glass") }
        if person.suspendedAt != nil { parts.append("suspended") }
        if person.deactivatedAt != nil { parts.append("deactivated by the provider") }
        return parts.joined(separator: " · ")
    }

    private var groupsCard: HTML {
        section(.class("card"), .labelledBy("groups-title")) {
            h2(.id("groups-title")) { "Groups" }
            p(.class("hint")) { "A service that names groups is for their members alone." }
            if groupsRefusal == nil, !groups.provisioned.isEmpty {
                p { "From the identity provider: \(groups.provisioned.joined(separator: ", "))" }
            }
            if let groupsRefusal {
                p { groups.all.isEmpty ? "They are in no group." : groups.all.joined(separator: ", ") }
                p(.class("hint")) { groupsRefusal }
            } else {
                faultSummary(faults)
                postForm(to: .groups(person.id), proof: proof) {
                    field(
                        "groups", label: "In these groups",
                        hint: groups.claimed.isEmpty
                            ? "None yet. Put commas between several." : "Put commas between them.",
                        faults: faults, .type("text"),
                        .value(typedGroups ?? groups.claimed.joined(separator: ", ")), .autocomplete("off"),
                        .noCapitals, .noSpellcheck)
                    button(.type("submit"), .class("primary")) { "Save the groups" }
                }
            }
        }
    }

    private var roleCard: HTML {
        section(.class("card"), .labelledBy("role-title")) {
            h2(.id("role-title")) { person.isAdministrator ? "Administrator" : "Not an administrator" }
            p(.class("hint")) {
                "An administrator may add and suspend people, and see and revoke any token."
            }
            if let roleRefusal {
                p(.class("hint")) { roleRefusal }
            } else if person.isAdministrator {
                a(.class("button danger"), .href(.demote(person.id))) { "End the role" }
            } else {
                a(.class("button"), .href(.promote(person.id))) { "Make an administrator" }
            }
        }
    }
}
