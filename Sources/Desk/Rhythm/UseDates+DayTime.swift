internal import Tokens

extension UseDates {
    /// The time on the days of use, and by how many days the calendar is ahead of these dates at that time: 1 where
    /// the dates begin at noon and the uses are after midnight.
    var dayTime: (time: UseRhythm.DayTime, shift: Int64) {
        let known = days.filter(complete.contains)
        let all = days.flatMap { hours[$0] ?? [] }.sorted()
        let middle = all.isEmpty ? 0 : all[all.count / 2]
        guard known.count >= 3 else { return (.anyTime, shift(of: middle)) }
        // The first and the last day may be cut off.
        let whole = known.count > 4 ? Array(known.dropFirst().dropLast()) : known
        let usual = median(whole.map { hours[$0]?.count ?? 0 })
        if usual >= 17 { return (.allDay, shift(of: middle)) }
        if let peaks = peaks(of: known) {
            let shift = shift(of: peaks[0])
            return (.about(peaks.map { clock($0) - Int(shift) * 24 }, more: false), shift)
        }
        let arc = arc(of: known)
        // Every third hour or more, all around the clock.
        if arc == nil, usual >= 8 { return (.allDay, shift(of: middle)) }
        if let peak = lonelyPeak(of: known) {
            let shift = shift(of: peak)
            return (.about([clock(peak) - Int(shift) * 24], more: true), shift)
        }
        guard let arc else { return (.anyTime, shift(of: middle)) }
        let shift = shift(of: arc.lowerBound)
        let (from, to) = (clock(arc.lowerBound), clock(arc.upperBound + 1))
        return (.between(from - Int(shift) * 24, to - Int(shift) * 24), shift)
    }

    /// The hour on the clock, from 24 on of the day after.
    private func clock(_ hour: Int) -> Int { hour + Int(cut) }

    private func shift(of hour: Int) -> Int64 { Int64(clock(hour) / 24) }

    /// The hours about which the uses start on most days; `nil` where they start at any time or last for long. The
    /// neighbouring hours count, since 02:59 and 03:01 are one time.
    private func peaks(of days: [Int64]) -> [Int]? {
        let runs = days.map { day in (hours[day]?.count ?? 0) / max(starts(on: day).count, 1) }
        guard median(runs) <= 3 else { return nil }
        var rest = days.flatMap { day in starts(on: day).map { (day: day, hour: $0) } }
        let total = rest.count
        var peaks: [Int] = []
        while peaks.count < 4 {
            let near = (0..<24).map { hour in
                (hour: hour, days: Set(rest.filter { abs($0.hour - hour) <= 1 }.map(\.day)).count)
            }
            // A second time is one where it is hardly ever missing.
            let least = peaks.isEmpty ? 60 : 75
            guard let best = near.max(by: { $0.days < $1.days }),
                best.days * 100 >= days.count * least
            else { break }
            // Of the three hours that tie for a single one, the middle.
            let ties = near.filter { $0.days == best.days && $0.hour - best.hour <= 2 }
            let center = ties[ties.count / 2].hour
            peaks.append(mode(of: rest.filter { abs($0.hour - center) <= 1 }.suffix(7).map(\.hour)))
            rest.removeAll { abs($0.hour - center) <= 1 }
        }
        return peaks.isEmpty || rest.count * 4 > total ? nil : peaks.sorted()
    }

    /// The hour about which there are uses on nearly every day, and hardly any shortly before and after: a nightly job
    /// of somebody who also works by day.
    private func lonelyPeak(of days: [Int64]) -> Int? {
        func used(_ hours: some Sequence<Int>) -> Int {
            days.count { day in hours.contains { self.hours[day]?.contains($0) == true } }
        }
        let peak = (0..<24).first { hour in
            used(hour - 1...hour + 1) * 100 >= days.count * 85
                && used([hour - 3, hour - 2, hour + 2, hour + 3]) * 100 <= days.count * 15
        }
        guard let peak else { return nil }
        return mode(of: days.flatMap { starts(on: $0) }.filter { abs($0 - peak) <= 1 }.suffix(7))
    }

    /// The shortest span of hours with nearly all uses, where it is at most 14 hours.
    private func arc(of days: [Int64]) -> ClosedRange<Int>? {
        var weights = Array(repeating: 0, count: 24)
        for day in days { for hour in hours[day] ?? [] { weights[hour] += 1 } }
        let total = weights.reduce(0, +)
        for length in 1...14 {
            for start in 0...24 - length {
                let weight = weights[start..<start + length].reduce(0, +)
                if weight * 100 >= total * 92 { return start...start + length - 1 }
            }
        }
        return nil
    }
}

/// The middle of these numbers; 0 for none.
func median(_ numbers: [Int]) -> Int {
    numbers.isEmpty ? 0 : numbers.sorted()[numbers.count / 2]
}

/// The most frequent of these numbers, and of several the one that comes last.
private func mode(of numbers: some BidirectionalCollection<Int>) -> Int {
    var counts: [Int: Int] = [:]
    for number in numbers { counts[number, default: 0] += 1 }
    let most = counts.values.max() ?? 0
    return numbers.last { counts[$0] == most } ?? 0
}
