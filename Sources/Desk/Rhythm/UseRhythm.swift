public import Ledger
public import Tokens

/// When a token is used, as its history of a year shows it.
///
/// It answers what somebody must know who is about to revoke a token: whether a silence means anything. A token that
/// is used on the first of each month is not unused on the 20th:
///
///     UseRhythm(of: days, lastUse: last, created: token.createdAt, now: now, in: .system).words
///     // "monthly, about the 1st, next expected 1 Dec"
///
/// The history counts hours, not moments, so times are within an hour. Missed days (a holiday, a failed night) do not
/// break a rhythm, and neither do a few uses beside it.
public struct UseRhythm: Hashable, Sendable {
    public let pattern: Pattern
    /// The latest use.
    public let lastUse: Timestamp?
    /// The next moment at which the rhythm has a use; `nil` where it has none, or has stopped.
    public let next: Timestamp?
    /// The moment from which on the silence since the last use is longer than the rhythm explains.
    public let quietFrom: Timestamp
    /// Whether the token had this rhythm, and has it no longer.
    public let hasStopped: Bool
    /// The rhythm in English: "every weekday about 03:00, next expected Mon 03:00".
    public let words: String

    /// What is known of the times of use.
    public enum Pattern: Hashable, Sendable {
        /// No use at all, or none in the last year.
        case none
        /// A single use, or several within a few hours.
        case once
        /// The first use is less than a week ago.
        case new
        /// Too few uses to tell: so many times, on so many days.
        case few(times: Int, days: Int)
        /// On these days of each week; `most` where about every third is missing.
        case weekly(Set<Weekday>, DayTime, most: Bool)
        /// About this day of each month; 31 for the end.
        case monthly(day: Int, DayTime)
        /// Every so many days.
        case interval(days: Int, DayTime)
        /// Several days in a row, then none for weeks.
        case bursts
        /// On so many of the last 90 days before the last use.
        case irregular(days: Int)
    }

    /// The time on a day of use.
    public enum DayTime: Hashable, Sendable {
        /// About these hours; `more` where there are uses at other times, too. One from 24 on is on the day after.
        case about([Int], more: Bool)
        /// From the first hour until the second.
        case between(Int, Int)
        /// Nearly every hour.
        case allDay
        /// At no fixed time, or it is not known.
        case anyTime
    }

    /// Finds the rhythm in the history `days` of at most a year. `lastUse` is the latest use, also one from before
    /// the history, and `created` the moment from which on the token could be used.
    public init(
        of days: [UseDay], lastUse: Timestamp? = nil, created: Timestamp, now: Timestamp,
        in place: LocalTime = .system
    ) {
        let times = UseTimes(days, now: now, in: place)
        let last = lastUse ?? times.hours.last.map { place.moment(ofHour: $0.number) }
        let found = RhythmSearch(times: times, now: now).rhythm()
        let forecast = RhythmForecast(found, last: last, created: created, now: now, in: place)
        pattern = found.pattern
        self.lastUse = last
        quietFrom = forecast.quietFrom
        hasStopped = found.pattern.repeats && (found.later > 0 || now >= forecast.quietFrom)
        next = hasStopped ? nil : forecast.next
        words = RhythmWords(found, forecast, stopped: hasStopped, last: last, now: now, in: place).text
    }

    /// Whether the silence since the last use is longer than the rhythm explains.
    public func isQuiet(at now: Timestamp) -> Bool { now >= quietFrom }
}

extension UseRhythm.Pattern {
    /// Whether a next use can be expected at a time.
    var repeats: Bool {
        switch self {
        case .weekly, .monthly, .interval: true
        case .none, .once, .new, .few, .bursts, .irregular: false
        }
    }
}
