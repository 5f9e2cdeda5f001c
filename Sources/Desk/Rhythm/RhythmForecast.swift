internal import Tokens

/// What a rhythm expects after the last use, and how long a silence it explains.
///
/// A use may be late or missing: daily work is called quiet after three days in vain, weekly and monthly work after
/// two times, and later where as much was missing before.
struct RhythmForecast {
    private(set) var next: Timestamp?
    private(set) var quietFrom: Timestamp
    /// Whether a use was expected after the last, and did not come.
    private(set) var isLate = false

    /// Without a rhythm, silences of this length are nothing special.
    private static let patience = TimeSpan.days(90)
    /// A token that was never used is quiet after this time.
    private static let patienceBeforeFirst = TimeSpan.days(30)

    init(
        _ found: FoundRhythm, last: Timestamp?, created: Timestamp, now: Timestamp, in place: LocalTime
    ) {
        let since = last ?? created
        let gap = TimeSpan.days(2 * found.longestGap)
        switch found.pattern {
        case .none:
            quietFrom = since + (last == nil ? Self.patienceBeforeFirst : Self.patience)
        case .once:
            quietFrom = since + Self.patience
        case .few(_, let days):
            quietFrom = since + (days > 2 ? max(Self.patience, gap) : Self.patience)
        case .new, .bursts:
            quietFrom = since + max(Self.patienceBeforeFirst, gap)
        case .irregular:
            quietFrom = since + max(.days(14), gap)
        case .weekly, .monthly, .interval:
            let slots = RhythmSlots(found, in: place)
            let bound = max(slots.patience, found.missed + 1)
            quietFrom = found.later > 0 ? since + Self.patience : max(since + .days(1), slots.end(of: bound))
            let seen = since + .hours(2)
            for number in 0...400 {
                let slot = slots.slot(number)
                guard slot.start > seen else { continue }
                if slot.end > now {
                    next = slot.start
                    break
                }
                isLate = true
            }
        }
    }
}

/// The times at which a rhythm expects uses, the first on the day of its last use.
struct RhythmSlots {
    private let days: [Int64]
    private let time: UseRhythm.DayTime
    private let slack: Int64
    private let place: LocalTime
    /// How many days in vain are needed for a silence.
    let patience: Int

    init(_ found: FoundRhythm, in place: LocalTime) {
        self.place = place
        let last = found.lastDay
        switch found.pattern {
        case .weekly(let weekdays, let time, _):
            (self.time, slack) = (time, 0)
            let start = (last - 6...last).last { weekdays.contains(Weekday(day: $0)) } ?? last
            days = (start...start + 400).filter { weekdays.contains(Weekday(day: $0)) }
            patience = weekdays.count > 2 && time != .allDay ? 3 : 2
        case .monthly(let day, let time):
            (self.time, slack) = (time, RhythmSearch.monthlySlack)
            let month = MonthlyDate(nearest: last, on: day).month
            days = (month...month + 14).map { MonthlyDate(month: $0, on: day).day }
            patience = 2
        case .interval(let span, let time):
            (self.time, slack) = (time, Int64(RhythmSearch.intervalSlack(span)))
            days = (0...400 / span + 2).map { last + Int64($0 * span) }
            patience = 2
        default:
            (days, time, slack, patience) = ([last], .anyTime, 0, 1)
        }
    }

    private var hours: [(start: Int, end: Int)] {
        switch time {
        case .about(let hours, _): hours.map { ($0, $0 + 1) }
        case .between(let from, let to): [(from, to)]
        case .allDay, .anyTime: [(0, 24)]
        }
    }

    /// When the uses of that number are expected, and until when they are not late. Beyond the last known day,
    /// never.
    func slot(_ number: Int) -> (start: Timestamp, end: Timestamp) {
        let hours = hours
        guard number / hours.count < days.count else { return (.distantFuture, .distantFuture) }
        let (day, hour) = (days[number / hours.count], hours[number % hours.count])
        return (
            place.moment(ofHour: day * 24 + Int64(hour.start)),
            place.moment(ofHour: (day + slack) * 24 + Int64(hour.end))
        )
    }

    /// The end of the day of that number after the last use, by which its uses should have come.
    func end(of number: Int) -> Timestamp {
        let day = days[min(number, days.count - 1)]
        return place.moment(ofHour: (day + slack) * 24 + Int64(hours.map(\.end).max() ?? 24) + 2)
    }
}
