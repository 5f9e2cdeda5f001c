/// A day of the Gregorian calendar.
public struct CivilDay: Hashable, Sendable {
    public let year: Int
    /// 1 to 12.
    public let month: Int
    /// The day of the month, from 1.
    public let day: Int

    /// The day `number` whole days after 1970-01-01.
    public init(number: Int64) {
        let civil = Timestamp.civil(day: number)
        (year, month, day) = (Int(civil.year), Int(civil.month), Int(civil.day))
    }

    /// A day of that month, or its last day where it is shorter. Months beyond December are those of later years.
    public init(year: Int, month: Int, upTo day: Int) {
        let months = Int64(year * 12 + month - 1)
        let (year, month) = (months.flooredQuotient(12), months - months.flooredQuotient(12) * 12 + 1)
        (self.year, self.month) = (Int(year), Int(month))
        self.day = min(day, Int(Timestamp.length(of: month, year: year)))
    }

    /// Whole days since 1970-01-01.
    public var number: Int64 { Timestamp.day(year: Int64(year), month: Int64(month), day: Int64(day)) }

    /// The number of months since the year 0, for distances.
    public var monthNumber: Int { year * 12 + month - 1 }

    public var weekday: Weekday { Weekday(day: number) }

    /// `Nov`.
    public var monthName: String { Self.months[month - 1] }

    /// `3 Nov`.
    public var words: String { "\(day) \(monthName)" }

    /// `3 November 2027`.
    public var fullWords: String { "\(day) \(Self.longMonths[month - 1]) \(year)" }

    private static let longMonths = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
        "November", "December",
    ]

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}

/// A day of the week.
public enum Weekday: Int, CaseIterable, Hashable, Sendable {
    case monday, tuesday, wednesday, thursday, friday, saturday, sunday

    /// The weekday of the day `day` whole days after 1970-01-01, a Thursday.
    public init(day: Int64) {
        self = Self.allCases[Int((day + 3) - (day + 3).flooredQuotient(7) * 7)]
    }

    /// `Monday`.
    public var name: String { "\(self)".prefix(1).uppercased() + "\(self)".dropFirst() }

    /// `Mon`.
    public var shortName: String { String(name.prefix(3)) }

    /// Monday to Friday.
    public static let workdays: Set<Weekday> = [.monday, .tuesday, .wednesday, .thursday, .friday]

    /// The working days where the week begins on a Sunday.
    public static let sundayToThursday: Set<Weekday> = [.sunday, .monday, .tuesday, .wednesday, .thursday]
}
