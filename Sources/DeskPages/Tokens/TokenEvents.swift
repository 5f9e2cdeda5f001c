import Ledger
import Tokens

/// What happened to a token: its secrets, then all events about it.
struct TokenEvents: Sendable, Hashable {
    /// The newest events about its secrets.
    var rotations: [EventsPage.Line] = []
    /// A page of all events, newest first.
    var events: [EventsPage.Line] = []
    /// The cursor of the next page.
    var next: EventID?
    /// Whether an older page is shown.
    var isOlder = false

    /// The events that tell of a token's secrets.
    static let kinds: Set<Event.Kind> = [
        .tokenCreated, .tokenRotated, .tokenRegenerated, .secretEnded, .secretReused,
    ]
    /// How long the use of a secret after its end is pointed out.
    static let alarmSpan = TimeSpan.days(30)
    static let rotationLimit = 20
    static let pageLength = 50

    /// The notice that somebody used a secret of a working token after its end, the latest time.
    @HTMLBuilder
    func reuseNotice(at now: Timestamp) -> HTML {
        if let reuse = rotations.first(where: { $0.event.kind == .secretReused })?.event,
            now < reuse.at + Self.alarmSpan
        {
            div(.class("notice bad")) {
                p { strong { "Somebody still uses, or has stolen, a secret that has ended." } }
                p {
                    "It was refused on "
                    moment(reuse.at, .minute)
                    reuse.address.isEmpty ? "" : ", from \(reuse.address)"
                    ": \(reuse.detail). "
                    "If that is none of your tools, look for where the secret may have leaked."
                }
            }
        }
    }

    @HTMLBuilder
    func html(at paths: TokenPaths) -> HTML {
        if !rotations.isEmpty {
            section(.class("card"), .id("rotations"), .labelledBy("rotations-title")) {
                h2(.id("rotations-title")) { "Its secrets" }
                eventTable(rotations, caption: "Creation, rotations and ends of secrets")
                if rotations.count == Self.rotationLimit {
                    p(.class("hint")) { "The last \(Self.rotationLimit); older ones are among its events." }
                }
            }
        }
        if !events.isEmpty {
            section(.class("card"), .id("events"), .labelledBy("events-title")) {
                details(.class("more"), isOlder ? .open : nil) {
                    summary { h2(.id("events-title")) { isOlder ? "Older events" : "All its events" } }
                    eventTable(events, caption: "Events about this token")
                    if let next {
                        p(.class("actions")) {
                            a(.class("button"), .href(paths.page.with([("before", next.text)]))) {
                                "Older events"
                            }
                        }
                    }
                }
            }
        }
    }
}
