internal import Tokens

extension RhythmSearch {
    /// The weekdays of use, found in the last six weeks, or in more or fewer of them.
    func weekly(in times: UseTimes) -> FoundRhythm? {
        [42, 84, 21, 10].lazy.compactMap { week(in: UseDates(times.last(days: $0))) }.first
    }

    /// Each weekday of a rhythm has uses in two of three weeks, and each other in one of three at most.
    private func week(in dates: UseDates) -> FoundRhythm? {
        guard let first = dates.days.first, let last = dates.days.last else { return nil }
        let (time, shift) = dates.dayTime
        let (used, span) = (Set(dates.days), Int(last - first + 1))
        var (counts, totals): ([Weekday: Int], [Weekday: Int]) = ([:], [:])
        for day in first...last {
            totals[Weekday(day: day + shift), default: 0] += 1
            if used.contains(day) { counts[Weekday(day: day + shift), default: 0] += 1 }
        }
        var on: Set<Weekday> = []
        for weekday in Weekday.allCases {
            let (count, total) = (counts[weekday] ?? 0, totals[weekday] ?? 0)
            if total > 0, count * 3 >= total * 2 {
                on.insert(weekday)
            } else if count * 3 > total {
                return nil
            }
        }
        let inside = on.reduce(0) { $0 + (counts[$1] ?? 0) }
        let outside = used.count - inside
        guard suffices(on, uses: inside, span: span), outside <= max(1, used.count * 15 / 100) else {
            return nil
        }
        let expected = on.reduce(0) { $0 + (totals[$1] ?? 0) }
        let days = (first...last).filter { on.contains(Weekday(day: $0 + shift)) }
        return FoundRhythm(
            pattern: .weekly(on, on.count == 7 ? time.ordered : time, most: inside * 100 < expected * 78),
            lastDay: last + shift, missed: longestRun(of: days) { !used.contains($0) })
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
        if case .about(let hours) = self { .about(hours.map { $0 % 24 }.sorted()) } else { self }
    }
}
