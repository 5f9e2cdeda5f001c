internal import Ledger
internal import Tokens

/// The hours in which a token was used, on the clock of a place.
struct UseTimes {
    struct UseHour {
        /// Counted from 1970-01-01T00:00 on that clock.
        let number: Int64
        /// Whether all hours of its day are known.
        let isComplete: Bool
    }

    /// In order, each once.
    private(set) var hours: [UseHour]

    init(_ hours: some Sequence<UseHour>) {
        self.hours = Array(hours)
    }

    /// Those of the year before `now`. Days in the future were counted under a clock that was wrong.
    init(_ days: [UseDay], now: Timestamp, in place: LocalTime) {
        let known = now.day - Int64(LedgerLimits.daysOfHistory)...now.day
        var complete: [Int64: Bool] = [:]
        for day in days where known.contains(day.day) {
            for hour in day.hours.list {
                let number = place.hour(ofUTC: day.day * 24 + Int64(hour))
                complete[number] = complete[number] ?? true && !day.hours.contains(.incomplete)
            }
        }
        hours = complete.sorted { $0.key < $1.key }.map { UseHour(number: $0.key, isComplete: $0.value) }
    }

    var isEmpty: Bool { hours.isEmpty }

    /// The number of times of use: hours that follow each other closely are one.
    var occasions: Int {
        zip(hours, hours.dropFirst()).count { $1.number - $0.number > 3 } + (hours.isEmpty ? 0 : 1)
    }

    /// Those of the last so many days before the latest.
    func last(days: Int64) -> UseTimes {
        guard let end = hours.last?.number else { return self }
        return UseTimes(hours.filter { $0.number > end - days * 24 })
    }

    /// The hour of the day that is farthest from all uses, at which a day of use is best cut from the next: noon
    /// for what is used around midnight.
    var quietHour: Int64 {
        var weights = Array(repeating: 0, count: 24)
        for hour in hours { weights[Int(hour.number.floored(by: 24).remainder)] += 1 }
        func weight(from start: Int, _ length: Int) -> Int {
            (start..<start + length).reduce(0) { $0 + weights[$1 % 24] }
        }
        for length in stride(from: 23, through: 1, by: -1) {
            let starts = (0..<24).map { (start: $0, weight: weight(from: $0, length)) }
            guard let best = starts.min(by: { $0.weight < $1.weight }), best.weight * 20 <= hours.count
            else { continue }
            return Int64((best.start + length / 2) % 24)
        }
        return 0
    }
}

/// The days on which a token was used, cut at ``UseTimes/quietHour``.
struct UseDates {
    /// The hour of the clock at which a day begins, in the sense of these dates.
    let cut: Int64
    /// For each day with uses, the hours since it began.
    let hours: [Int64: [Int]]
    /// The days of which all hours are known.
    let complete: Set<Int64>
    /// The days with uses, in order.
    let days: [Int64]

    init(_ times: UseTimes) {
        let cut = times.quietHour
        var (hours, incomplete): ([Int64: [Int]], Set<Int64>) = ([:], [])
        for hour in times.hours {
            let (day, rest) = (hour.number - cut).floored(by: 24)
            hours[day, default: []].append(Int(rest))
            if !hour.isComplete { incomplete.insert(day) }
        }
        (self.cut, self.hours) = (cut, hours)
        days = hours.keys.sorted()
        complete = Set(hours.keys).subtracting(incomplete)
    }

    /// The starts of uses on a day: hours before which there were two without.
    func starts(on day: Int64) -> [Int] {
        let used = hours[day] ?? []
        return used.filter { !used.contains($0 - 1) && !used.contains($0 - 2) }
    }
}
