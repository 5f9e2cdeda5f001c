internal import Tokens

extension RhythmSearch {
    /// The weekdays of use, found in the last six weeks, or in more or fewer of them.
    func weekly(in times: UseTimes) -> FoundRhythm? {
        [42, 84, 21, 10].lazy.compactMap { week(in: UseDates(times.last(days: $0))) }.first
    }

    private func week(in dates: UseDates) -> FoundRhythm? {
        guard let first = dates.days.first, let last = dates.days.last else { return nil }
        let (time, shift) = dates.dayTime
        let used = Set(dates.days.map { $0 + shift })
        let span = first + shift...last + shift
        let tally = WeekdayTally(used, in: span)
        guard let on = tally.weekdays, suffices(on, uses: tally.used(on), span: span.count) else {
            return nil
        }
        let expected = span.filter { on.contains(Weekday(day: $0)) }
        return FoundRhythm(
            pattern: .weekly(
                on, on.count == 7 ? time.ordered : time, most: tally.used(on) * 100 < expected.count * 78),
            lastDay: last + shift, missed: longestRun(of: expected) { !used.contains($0) })
    }

    /// Whether there are enough days for more than chance.
    private func suffices(_ on: Set<Weekday>, uses: Int, span: Int) -> Bool {
        switch on.count {
        case 0: false
        case 1...4: uses >= 3 && span >= 15
        case 7: uses >= 5 && span >= 7
        default: uses >= 5 && span >= 8
        }
    }

    private func longestRun(of days: [Int64], where matches: (Int64) -> Bool) -> Int {
        var (run, longest) = (0, 0)
        for day in days {
            run = matches(day) ? run + 1 : 0
            longest = max(longest, run)
        }
        return longest
    }
}

extension UseRhythm.DayTime {
    /// The hours in the order of a day, for what is used every day.
    fileprivate var ordered: Self {
        if case .about(let hours, let more) = self {
            .about(hours.map { $0 % 24 }.sorted(), more: more)
        } else {
            self
        }
    }
}

/// How many of each weekday there were, and on how many of them there were uses.
struct WeekdayTally {
    private var counts: [Weekday: Int] = [:]
    private var totals: [Weekday: Int] = [:]

    init(_ used: Set<Int64>, in span: ClosedRange<Int64>) {
        for day in span {
            totals[Weekday(day: day), default: 0] += 1
            if used.contains(day) { counts[Weekday(day: day), default: 0] += 1 }
        }
    }

    /// The days of use on these weekdays.
    func used(_ on: Set<Weekday>) -> Int { on.reduce(0) { $0 + (counts[$1] ?? 0) } }

    private func total(_ on: Set<Weekday>) -> Int { on.reduce(0) { $0 + (totals[$1] ?? 0) } }

    private func share(_ on: Set<Weekday>) -> Double {
        let total = total(on)
        return total == 0 ? 0 : Double(used(on)) / Double(total)
    }

    /// The weekdays of the rhythm: the whole week or its working days where more than half of them are used, or else
    /// single days that are hardly ever missing.
    var weekdays: Set<Weekday>? {
        [Set(Weekday.allCases), Weekday.workdays, Weekday.sundayToThursday].first(where: isWeek) ?? singleDays
    }

    private func isWeek(_ on: Set<Weekday>) -> Bool {
        isRarelyLeft(on) && share(on) >= 0.55 && on.allSatisfy { share([$0]) >= 0.4 }
    }

    private var singleDays: Set<Weekday>? {
        let on = Set(Weekday.allCases.filter { share([$0]) >= 0.6 })
        let off = Set(Weekday.allCases).subtracting(on)
        let (most, least) = on.count == 1 ? (0.66, 0.34) : (0.75, 0.25)
        guard !on.isEmpty, isRarelyLeft(on), on.allSatisfy({ share([$0]) >= most }),
            off.allSatisfy({ share([$0]) <= least })
        else { return nil }
        return on
    }

    /// Whether nearly all uses are on these weekdays.
    private func isRarelyLeft(_ on: Set<Weekday>) -> Bool {
        let all = used(Set(Weekday.allCases))
        return all - used(on) <= max(1, all * 15 / 100)
    }
}
