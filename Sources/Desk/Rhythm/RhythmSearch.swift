internal import Tokens

/// A pattern that was found in the times of use, with what a forecast needs.
struct FoundRhythm {
    var pattern: UseRhythm.Pattern
    /// The first use, in hours on the clock.
    var first: Int64 = 0
    /// The calendar day of the last use that belongs to the pattern.
    var lastDay: Int64 = 0
    /// The most days on which a use was expected in vain, in a row.
    var missed = 0
    /// The longest silence between two days of use, in days.
    var longestGap: Int64 = 0
    /// The days of use after the pattern had stopped.
    var later = 0
}

/// Looks for a pattern in the times of use.
///
/// Patterns of weeks are looked for in the last six weeks before the last use first: what was half a year ago says
/// little, and less than six weeks is easily changed by a holiday. Where a few uses follow a long silence, the pattern
/// of before it is found, too.
struct RhythmSearch {
    let times: UseTimes
    let now: Timestamp

    /// The silence in days after which a few uses are no part of a pattern.
    private static let silence: Int64 = 14

    func rhythm() -> FoundRhythm {
        let found = rhythm(in: times)
        guard !found.pattern.repeats else { return found }
        let end = times.hours.indices.dropLast().last { index in
            times.hours[index + 1].number - times.hours[index].number >= Self.silence * 24
        }
        guard let end else { return found }
        let tail = UseDates(UseTimes(times.hours.suffix(from: end + 1))).days.count
        var before = rhythm(in: UseTimes(times.hours.prefix(end + 1)))
        guard tail <= 3, before.pattern.repeats else { return found }
        before.later = tail
        return before
    }

    private func rhythm(in times: UseTimes) -> FoundRhythm {
        guard let first = times.hours.first?.number, let last = times.hours.last?.number else {
            return FoundRhythm(pattern: .none)
        }
        let dates = UseDates(times)
        var found = FoundRhythm(pattern: .irregular(days: 0))
        if times.occasions == 1, last - first <= 12 {
            found.pattern = .once
        } else if let weekly = weekly(in: times) ?? monthly(in: times) ?? interval(in: times) {
            found = weekly
        } else if first > now.seconds / 3600 - 8 * 24 {
            found.pattern = .new
        } else if dates.days.count <= 5 || isOver(first, last) {
            found.pattern = .few(times: times.occasions, days: dates.days.count)
        } else if hasBursts(dates.days) {
            found.pattern = .bursts
        } else {
            found.pattern = .irregular(days: UseDates(times.last(days: 90)).days.count)
        }
        found.first = first
        if !found.pattern.repeats { found.lastDay = last.floored(by: 24).quotient }
        found.longestGap = gaps(of: dates.days).max() ?? 0
        return found
    }

    /// Whether all uses were within some weeks, and these are past.
    private func isOver(_ first: Int64, _ last: Int64) -> Bool {
        let weeks: Int64 = 21 * 24
        return last - first < weeks && now.seconds / 3600 - last > weeks
    }

    /// Several days in a row, at least twice, with weeks between.
    private func hasBursts(_ days: [Int64]) -> Bool {
        let breaks = gaps(of: days).filter { $0 > 3 }
        return !breaks.isEmpty && breaks.allSatisfy { $0 >= 7 } && days.count >= (breaks.count + 1) * 3
    }
}

/// The days from each to the next.
func gaps(of days: [Int64]) -> [Int64] {
    zip(days, days.dropFirst()).map { $1 - $0 }
}
