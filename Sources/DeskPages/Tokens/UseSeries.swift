import Ledger
import Tokens

/// The uses of a token on each of a number of days, by service: what the picture and its table show.
struct UseSeries: Sendable, Hashable {
    /// The first day, in whole days (UTC) since the epoch.
    let first: Int64
    /// The titles of the services, the most used first; the last may stand for all others.
    let titles: [String]
    /// For each day, the uses of each service.
    let counts: [[Int]]
    /// For each service, the hours of the last day.
    let lastHours: [UseHours]

    /// The most services that are shown each for itself.
    static let most = 5

    /// The last `length` days until `now`.
    init(_ days: [UseDay], length: Int, _ wording: Wording) {
        let first = wording.now.day - Int64(length) + 1
        let shown = days.filter { (first..<first + Int64(length)).contains($0.day) && $0.count > 0 }
        var totals: [String: Int] = [:]
        for day in shown { totals[day.service, default: 0] += Self.bounded(day.count) }
        let ranked = totals.filter { !$0.key.isEmpty }
            .sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key)
        let named = ranked.prefix(Self.most)
        let hasOthers = totals.count > named.count
        let places = Dictionary(uniqueKeysWithValues: named.enumerated().map { ($1, $0) })
        let width = named.count + (hasOthers ? 1 : 0)
        var counts = Array(repeating: Array(repeating: 0, count: width), count: length)
        var hours = Array(repeating: UseHours(), count: width)
        for day in shown {
            let place = places[day.service] ?? width - 1
            counts[Int(day.day - first)][place] += Self.bounded(day.count)
            if day.day == wording.now.day { hours[place].formUnion(day.hours) }
        }
        (self.first, self.counts, lastHours) = (first, counts, hours)
        titles = named.map { wording.titles[$0] } + (hasOthers ? ["others"] : [])
    }

    /// A count of which a year can be added up.
    private static func bounded(_ count: Int) -> Int { min(count, 1 << 40) }

    /// The uses of each day.
    var totals: [Int] { counts.map { $0.reduce(0, +) } }

    var total: Int { totals.reduce(0, +) }

    /// The uses of a service.
    func total(of series: Int) -> Int { counts.reduce(0) { $0 + $1[series] } }

    /// The number of days with uses.
    var daysUsed: Int { totals.count { $0 > 0 } }

    func day(_ index: Int) -> CivilDay { CivilDay(number: first + Int64(index)) }

    /// "Maven 100, Git 20".
    func words(_ counts: [Int]) -> String {
        zip(titles, counts).filter { $1 > 0 }.map { "\($0) \($1.grouped)" }.joined(separator: ", ")
    }
}

extension CivilDay {
    /// `Tue 3 Nov 2026`.
    var longWords: String { "\(weekday.shortName) \(words) \(year)" }
}

extension Int {
    /// `1,204`.
    var grouped: String {
        var text = String(magnitude)
        var end = text.count - 3
        while end > 0 {
            text.insert(",", at: text.index(text.startIndex, offsetBy: end))
            end -= 3
        }
        return self < 0 ? "-" + text : text
    }

    /// `500k`, for an axis.
    var compact: String {
        for (unit, name) in [(1_000_000_000, "G"), (1_000_000, "M"), (1000, "k")] where self >= unit {
            return self % unit == 0
                ? "\(self / unit)\(name)" : "\(self / unit).\(self % unit * 10 / unit)\(name)"
        }
        return String(self)
    }
}
