internal import Tokens

extension RhythmSearch {
    /// How far a date may be from the day of the month: the first working day may be the third.
    static let monthlySlack: Int64 = 3

    /// The day of the month of use, found in the last year, or in less where it changed.
    func monthly(in times: UseTimes) -> FoundRhythm? {
        [365, 190, 100].lazy.compactMap { month(in: UseDates(times.last(days: $0))) }.first
    }

    private func month(in dates: UseDates) -> FoundRhythm? {
        let (time, shift) = dates.dayTime
        let days = dates.days.map { $0 + shift }
        guard days.count >= 3, let first = days.first, let last = days.last, last - first >= 55 else {
            return nil
        }
        let fits = (1...31).map { target in
            let near = days.map { MonthlyDate(nearest: $0, on: target) }
            let hits = zip(days, near).filter { abs($0 - $1.day) <= Self.monthlySlack }
            return (
                target: target, months: hits.map(\.1.month), days: hits.map(\.0),
                off: hits.reduce(0) { $0 + abs($1.0 - $1.1.day) }
            )
        }
        guard
            let best = fits.max(by: {
                ($0.months.count, -$0.off) < ($1.months.count, -$1.off)
            }), days.count - best.months.count <= max(1, days.count * 15 / 100) && best.months.count >= 3,
            let start = best.months.first, let end = best.months.last, let lastDay = best.days.last
        else { return nil }
        let (months, span) = (Set(best.months), end - start + 1)
        guard months.count >= 3, months.count * 10 >= span * 7, best.months.count <= months.count * 2 else {
            return nil
        }
        return FoundRhythm(
            pattern: .monthly(day: best.target, time), lastDay: lastDay,
            missed: (gaps(of: months.sorted().map(Int64.init)).max() ?? 1) > 1 ? 1 : 0)
    }

    /// By how many days the time between two uses may differ from the usual one.
    static func intervalSlack(_ days: Int) -> Int { (days * 20 + 50) / 100 }

    /// The number of days from each use to the next, where the last ones are about the same.
    func interval(in times: UseTimes) -> FoundRhythm? {
        let dates = UseDates(times)
        let (time, shift) = dates.dayTime
        let gaps = gaps(of: dates.days).suffix(8)
        let usual = median(gaps.map(Int.init))
        guard gaps.count >= 3, usual >= 2, let last = dates.days.last else { return nil }
        let slack = Self.intervalSlack(usual)
        func fits(_ gap: Int64) -> Bool {
            let times = max(1, (Int(gap) + usual / 2) / usual)
            return abs(Int(gap) - times * usual) <= slack && times <= 3
        }
        let single = gaps.count { abs(Int($0) - usual) <= slack }
        guard gaps.count(where: fits) * 10 >= gaps.count * 8, single * 10 >= gaps.count * 6 else {
            return nil
        }
        return FoundRhythm(
            pattern: .interval(days: usual, time), lastDay: last + shift,
            missed: Int(gaps.max() ?? 0) / usual > 1 ? 1 : 0)
    }
}

/// A date that comes every month.
struct MonthlyDate {
    /// The month, counted from the year 0.
    let month: Int
    /// Whole days since 1970-01-01.
    let day: Int64

    /// The day `target` of a month, or its last day where it is shorter.
    init(month: Int, on target: Int) {
        self.month = month
        day = CivilDay(year: 0, month: month + 1, upTo: target).number
    }

    /// The one that is nearest to `day`.
    init(nearest day: Int64, on target: Int) {
        let month = CivilDay(number: day).monthNumber
        let near = (month - 1...month + 1).map { MonthlyDate(month: $0, on: target) }
        self = near.min { abs($0.day - day) < abs($1.day - day) } ?? MonthlyDate(month: month, on: target)
    }
}
