import Ledger
import Tokens

/// The cards below a person's name.
extension PersonPage {
    var groupsCard: HTML {
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

    var roleCard: HTML {
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

    var sessionCard: HTML {
        section(.class("card"), .id("sessions"), .labelledBy("sessions-title")) {
            h2(.id("sessions-title")) { "Where they are signed in" }
            if sessions.isEmpty {
                p(.class("hint")) { "Nowhere." }
            } else {
                ul(.class("exchanged")) {
                    for (number, session) in sessions.prefix(Self.mostSessions).enumerated() {
                        line(for: session, number: number + 1)
                    }
                }
                if sessions.count > Self.mostSessions {
                    p(.class("hint")) { "And \(sessions.count - Self.mostSessions) more." }
                }
                postForm(to: .endSessions(of: person.id), proof: proof) {
                    p(.class("actions")) {
                        button(.type("submit"), .class("danger")) { "Sign out everywhere" }
                    }
                }
            }
        }
    }

    /// The most browsers that are listed.
    private static var mostSessions: Int { 20 }

    private func line(for session: Session, number: Int) -> HTML {
        let browser = session.client.isEmpty ? "Unknown browser" : browserName(session.client)
        return li {
            div {
                strong(.id("session-\(number)")) { browser }
                span(.class("where")) {
                    session.address.isEmpty ? "" : "from \(session.address), "
                    "since "
                    moment(session.createdAt, .minute)
                    ", last active "
                    moment(session.lastSeenAt)
                }
            }
            postForm(to: .endSession(of: person.id), proof: proof) {
                input(.type("hidden"), .name("session"), .value(session.id.text))
                button(
                    .type("submit"), .class("small danger"), .id("end-\(number)"),
                    .labelledBy("end-\(number) session-\(number)")
                ) { "Sign out" }
            }
        }
    }

    var stewardCard: HTML {
        section(.class("card"), .labelledBy("stewardships-title")) {
            h2(.id("stewardships-title")) { "A steward of" }
            ul(.class("plain")) {
                for account in stewarded {
                    li {
                        strong { a(.href(.serviceAccount(account.id))) { account.login.text } }
                        span(.class("where")) { account.name }
                    }
                }
            }
        }
    }
}

/// The newest events about a person or a service account, with a link to all of them.
@HTMLBuilder
func subjectEventCard(_ events: [EventsPage.Line], about subject: Subject) -> HTML {
    section(.class("card"), .id("events"), .labelledBy("events-title")) {
        h2(.id("events-title")) { "Newest events" }
        if events.isEmpty {
            p(.class("hint")) { "None yet." }
        } else {
            eventTable(events, caption: "The newest events about \(subject.login)", linksTokens: true)
            p(.class("actions")) {
                a(.class("button"), .href(.events(about: subject))) { "All events about \(subject.login)" }
            }
        }
    }
}
