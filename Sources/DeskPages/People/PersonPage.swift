import Ledger
import Tokens

/// A person with their role and groups, for administrators.
struct PersonPage: Page {
    let person: Subject
    /// The groups by their origin: typed here or claimed at sign-in, or provisioned.
    let groups: GroupsByWay
    /// What was typed for the groups, if it has faults.
    var typedGroups: String?
    var faults: [FormFault] = []
    /// Why the groups cannot be changed here; `nil` if they can.
    var groupsRefusal: String?
    /// Why the role cannot be changed here; `nil` if it can.
    var roleRefusal: String?
    /// The tokens that tools still used, where the person has left.
    var leftInUse: LeftInUseSection?
    let wording: Wording
    let proof: FormProof

    var title: String { person.login.text }
    var navigationItem: NavigationItem? { .people }

    var content: HTML {
        pageHead(person.name, identity)
        div(.class("columns")) {
            groupsCard
            roleCard
        }
        if let leftInUse { leftInUse.html(wording) }
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
            p(.class("hint")) { "A service that names groups is for their members only." }
            if groupsRefusal == nil, !groups.provisioned.isEmpty {
                p { "From the identity provider: \(groups.provisioned.joined(separator: ", "))" }
            }
            if let groupsRefusal {
                p { groups.all.isEmpty ? "Not in any group." : groups.all.joined(separator: ", ") }
                p(.class("hint")) { groupsRefusal }
            } else {
                faultSummary(faults)
                postForm(to: .groups(person.id), proof: proof) {
                    field(
                        "groups", label: "Member of",
                        hint: groups.claimed.isEmpty
                            ? "None yet. Separate several with commas." : "Separate several with commas.",
                        faults: faults, .type("text"),
                        .value(typedGroups ?? groups.claimed.joined(separator: ", ")), .autocomplete("off"),
                        .noCapitals, .noSpellcheck)
                    button(.type("submit"), .class("primary")) { "Save groups" }
                }
            }
        }
    }

    private var roleCard: HTML {
        section(.class("card"), .labelledBy("role-title")) {
            h2(.id("role-title")) { person.isAdministrator ? "Administrator" : "Not an administrator" }
            p(.class("hint")) {
                "Administrators can add and suspend people, and see, pause and revoke any token."
            }
            if let roleRefusal {
                p(.class("hint")) { roleRefusal }
            } else if person.isAdministrator {
                a(.class("button danger"), .href(.demote(person.id))) { "Remove administrator role" }
            } else {
                a(.class("button"), .href(.promote(person.id))) { "Make an administrator" }
            }
        }
    }
}
