internal import Tokens

/// A rhythm in English.
struct RhythmWords {
    private(set) var text = ""
    private let place: LocalTime
    private let now: Timestamp

    init(
        _ found: FoundRhythm, _ forecast: RhythmForecast, stopped: Bool, last: Timestamp?, now: Timestamp,
        in place: LocalTime
    ) {
        (self.place, self.now) = (place, now)
        let ago = last.map { Self.ago($0, now) } ?? ""
        switch found.pattern {
        case .none:
            text = last == nil ? "never used" : "not used in the last year, last \(ago)"
        case .once:
            text = "once, \(ago)"
        case .new:
            let first = Self.ago(place.moment(ofHour: found.first), now)
            text = "first used \(first), last \(ago): too new for a rhythm"
        case .few(let times, let days):
            let many = times <= 5 || days == 1 ? Self.times(times) : "on \(days) days"
            text =
                many + (days == 1 ? " on one day, \(ago)" : " in the last \(period(of: found)), last \(ago)")
        case .bursts:
            text = "in bursts, the last \(ago)"
        case .irregular(let days):
            let isRecent = last.map { now - $0 < .days(90) } == true
            text =
                "irregularly, " + (days > 1 && isRecent ? "on \(days) of the last 90 days, " : "")
                + "last \(ago)"
        case .weekly, .monthly, .interval:
            text = rhythm(found.pattern)
            if found.later > 0 {
                let end = place.moment(ofHour: found.lastDay * 24 + 12)
                let times = found.later == 1 ? "once" : "on \(found.later) days"
                text += " until \(Self.ago(end, now, inWeeks: true)), \(times) since, last \(ago)"
            } else if stopped {
                text += " until \(last.map { Self.ago($0, now, inWeeks: true) } ?? "")"
            } else {
                if forecast.isLate { text += ", last \(ago)" }
                text += expectation(forecast.next, found.pattern)
            }
        }
    }

    private func period(of found: FoundRhythm) -> String {
        let first = place.moment(ofHour: found.first)
        return first > now - .days(30) ? "30 days" : first > now - .days(90) ? "90 days" : "year"
    }

    // MARK: The rhythm

    private func rhythm(_ pattern: UseRhythm.Pattern) -> String {
        switch pattern {
        case .weekly(let days, let time, let most): weekly(days, time, most)
        case .monthly(let day, _):
            day > 28 ? "monthly, about the end of the month" : "monthly, about the \(Self.ordinal(day))"
        case .interval(let days, let time):
            "about every \(Self.span(days))"
                + (days < 56 ? at(time).replacing(" about ", with: " at ", maxReplacements: 1) : "")
        default: ""
        }
    }

    private func weekly(_ days: Set<Weekday>, _ time: UseRhythm.DayTime, _ most: Bool) -> String {
        if days.count == 1, let day = days.first { return "about once a week, on \(day.name)\(at(time))" }
        let lasts = if case .between = time { true } else { false }
        if days.count == 7 {
            if time == .allDay { return most ? "all day on most days" : "all day, every day" }
            return (most ? "on most days" : "every day") + at(time)
        }
        if days == Weekday.workdays {
            if time == .allDay { return most ? "all day on most workdays" : "all day on workdays" }
            if most { return "on most \(lasts ? "workdays" : "weekdays")\(at(time))" }
            return (lasts ? "on workdays" : "every weekday") + at(time)
        }
        if days == Weekday.sundayToThursday {
            let range = "from Sunday to Thursday\(at(time))"
            return time == .allDay ? "all day " + range : most ? "on most days " + range : range
        }
        let names = Weekday.allCases.filter(days.contains).map { $0.name + "s" }
        let list = names.dropLast().joined(separator: ", ") + " and " + (names.last ?? "")
        return (time == .allDay ? "all day on " : "on ") + list + at(time)
    }

    private func at(_ time: UseRhythm.DayTime) -> String {
        let name = place.name(at: now)
        let zone = name.isEmpty ? "" : " " + name
        switch time {
        case .about(let hours, let more):
            let texts = hours.map(Self.clock)
            let list = texts.dropLast().joined(separator: ", ")
            return " about " + (list.isEmpty ? "" : list + " and ") + (texts.last ?? "") + zone
                + (more ? " and at other times" : "")
        case .between(let from, let to):
            return " between \(Self.clock(from)) and \(Self.clock(to))" + zone
        case .allDay, .anyTime: return ""
        }
    }

    // MARK: What comes next

    private func expectation(_ next: Timestamp?, _ pattern: UseRhythm.Pattern) -> String {
        guard let next else { return "" }
        let hour = place.hour(of: next).floored(by: 24)
        let day = CivilDay(number: hour.quotient)
        let near = hour.quotient - place.hour(of: now).floored(by: 24).quotient < 7
        let shown = near ? day.weekday.shortName : day.words
        switch pattern {
        case .weekly(_, .about, _), .interval(_, .about):
            return ", next expected " + (near ? "\(shown) \(Self.clock(Int(hour.remainder)))" : shown)
        case .monthly, .interval:
            return next < now ? ", expected now" : ", next expected \(day.words)"
        case .weekly(let days, .anyTime, _) where days.count == 1: return ", next expected \(shown)"
        default: return ""
        }
    }
}
