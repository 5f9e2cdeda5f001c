import Ledger
import Tokens

/// `events`: how long events, and the personal data in them, are kept.
struct EventSection: Hashable, Sendable {
    var keep: TimeSpan?
    var keepAddresses: TimeSpan?
    /// `nil` for never.
    var eraseAfter: TimeSpan? = .days(365)
}

extension ConfigurationKey {
    static let events: [ConfigurationKey] = [
        .one(
            "events.keep", .span, default: "for good",
            "How long events are kept. The newest event always stays, and no event is removed before every export "
                + "has sent it ([events](operate/events.md))."
        ) { $0.events.keep = $1 },
        .one(
            "events.keep_addresses", .span, default: "as long as the events",
            "How long the addresses in events are kept."
        ) { $0.events.keepAddresses = $1 },
        .one(
            "events.erase_after", .spanOrNever, default: "365d",
            "How long after the removal of a person their login and name are kept, what events say about them, and from "
                + "where they acted ([erasure](operate/people.md#remove))."
        ) { $0.events.eraseAfter = $1 },
    ]
}

extension Configuration {
    /// How long events are kept.
    var retention: EventRetention {
        var retention = EventRetention()
        (retention.keep, retention.keepAddresses) = (events.keep, events.keepAddresses)
        retention.eraseAfter = events.eraseAfter
        retention.exports = exports.names
        return retention
    }
}
