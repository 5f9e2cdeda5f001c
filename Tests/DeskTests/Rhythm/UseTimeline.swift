import Ledger
import Tokens

@testable import Desk

/// Hours of use at a place, as a test writes them, and what the ledger keeps of them.
struct UseTimeline {
    /// Whole hours of UTC since the epoch.
    var hours: Set<Int64> = []
    let place: LocalTime

    init(in place: LocalTime = .plain) {
        self.place = place
    }

    /// Uses at these hours of the clock on the days from `from` to `to` on which `on` holds.
    init(
        _ from: String, _ to: String, at times: [Int], in place: LocalTime = .plain,
        on: (CivilDay) -> Bool = { _ in true }
    ) {
        self.init(in: place)
        add(from, to, at: times, on: on)
    }

    mutating func add(_ from: String, _ to: String, at times: [Int], on: (CivilDay) -> Bool = { _ in true }) {
        for day in Self.day(from)...Self.day(to) where on(CivilDay(number: day)) {
            for time in times {
                let moment = place.moment(ofHour: day * 24 + Int64(time))
                hours.insert(moment.seconds / 3600)
            }
        }
    }

    /// Uses at this hour on each of these days.
    mutating func add(_ days: [String], at time: Int) {
        for day in days { add(day, day, at: [time]) }
    }

    mutating func remove(_ from: String, _ to: String) {
        let (start, end) = (Self.day(from) * 24, Self.day(to) * 24 + 23)
        hours = hours.filter { !(start...end).contains(place.hour(ofUTC: $0)) }
    }

    static func day(_ text: String) -> Int64 { Timestamp(date: text)!.day }

    /// The history at `now`; `isOld` for one from before hours were kept.
    func days(at now: Timestamp, isOld: Bool = false) -> [UseDay] {
        let past = hours.filter { $0 * 3600 <= now.seconds && $0 / 24 >= now.day - 365 }
        return Dictionary(grouping: past) { $0 / 24 }.map { day, hours in
            var mask = UseHours(hours.map { UseHours(hour: Int($0 % 24)) })
            if isOld { mask = [UseHours(hour: Int(hours.max()! % 24)), .incomplete] }
            return UseDay(day: day, service: "git", count: 7, hours: mask)
        }
    }

    /// The rhythm at a moment such as `2026-11-29T12:00` on the clock of the place.
    func rhythm(at clock: String, isOld: Bool = false) -> UseRhythm {
        let reading = Timestamp(rfc3339: "\(clock):00Z")!
        let now = place.moment(ofHour: reading.seconds / 3600) + .seconds(reading.seconds % 3600)
        return UseRhythm(
            of: days(at: now, isOld: isOld), created: Timestamp(date: "2025-01-01")!, now: now, in: place)
    }
}

extension LocalTime {
    /// UTC without a name beside the hours.
    static let plain = LocalTime(offset: { _ in 0 })

    /// Central Europe in 2025 and 2026: an hour ahead of UTC, and two from the last Sunday of March to that of October.
    static let paris = LocalTime(offset: { moment in
        let summers = [("2025-03-30", "2025-10-26"), ("2026-03-29", "2026-10-25")]
        let isSummer = summers.contains { start, end in
            moment >= Timestamp(date: start)! + .hours(1) && moment < Timestamp(date: end)! + .hours(1)
        }
        return isSummer ? 7200 : 3600
    })

    /// New York: five hours behind UTC, and four in the summer of 2026.
    static let newYork = LocalTime(offset: { moment in
        let isSummer =
            moment >= Timestamp(date: "2026-03-08")! + .hours(7)
            && moment < Timestamp(date: "2026-11-01")! + .hours(6)
        return isSummer ? -14_400 : -18_000
    })

    /// India: five and a half hours ahead of UTC.
    static let delhi = LocalTime(offset: { _ in 19_800 })
}
