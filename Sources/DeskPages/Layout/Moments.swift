import Tokens

/// How a moment is shown.
///
/// Without JavaScript it is a date or a date and time in UTC. `desk.js` replaces ``minute`` by the reader's time zone
/// and ``distance`` by "2 hours ago". An expiry stays in UTC (``exact``): it is chosen in UTC, and the API and the
/// command line show the same.
enum MomentStyle {
    /// The day only.
    case day
    /// To the minute, in the reader's time zone.
    case minute
    /// To the minute in UTC, for expiries.
    case exact
    /// To the second in UTC, for events.
    case second
    /// How long ago or how soon.
    case distance
}

func moment(_ at: Timestamp, _ style: MomentStyle = .distance) -> HTML {
    switch style {
    case .day: time(.datetime(at.rfc3339)) { at.dayWords }
    case .minute: time(.datetime(at.rfc3339), .data("local")) { at.minuteWords }
    case .exact: time(.datetime(at.rfc3339), .class("exact")) { at.minuteWords }
    case .second: time(.datetime(at.exact3339), .class("exact")) { at.secondWords }
    case .distance: time(.datetime(at.rfc3339), .data("distance")) { at.minuteWords }
    }
}

extension Timestamp {
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// `3 Mar 2026`, in UTC.
    var dayWords: String {
        let parts = date.split(separator: "-")
        guard parts.count == 3, let month = Int(parts[1]), let day = Int(parts[2]) else { return date }
        return "\(day) \(Self.months[month - 1]) \(parts[0])"
    }

    /// `2026-03-03T09:05:07.123Z`.
    fileprivate var exact3339: String {
        var text: [UInt8] = []
        text.append(rfc3339: self, milliseconds: true)
        return String(decoding: text, as: UTF8.self)
    }

    /// `3 Mar 2026, 09:05:07 UTC`.
    fileprivate var secondWords: String { "\(dayWords), \(rfc3339.dropFirst(11).prefix(8)) UTC" }

    /// `3 Mar 2026, 09:05 UTC`.
    var minuteWords: String { "\(dayWords), \(rfc3339.dropFirst(11).prefix(5)) UTC" }
}

/// "in 3 days": the time until `end`.
func timeLeft(until end: Timestamp, from now: Timestamp) -> String {
    let span = end - now
    switch span.seconds {
    case ...0: return "expired"
    case ..<3600: return "within the hour"
    case ..<5400: return "in 1 hour"
    case ..<172_800: return "in \((span.seconds + 1800) / 3600) hours"
    case ..<5_184_000: return "in \((span.seconds + 43_200) / 86_400) days"
    default: return "in \((span.seconds + 1_296_000) / 2_592_000) months"
    }
}
