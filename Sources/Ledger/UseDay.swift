/// The uses of one token at one service on one day, kept for ``LedgerLimits/daysOfHistory``.
public struct UseDay: Hashable, Sendable {
    /// The day, in whole days (UTC) since the epoch.
    public let day: Int64
    /// The service; `jeton` for the desk's own API. Empty where there were too many different ones.
    public let service: String
    /// The number of these uses.
    public let count: Int
    /// The hours of the day in which there were uses.
    public let hours: UseHours

    public init(day: Int64, service: String, count: Int, hours: UseHours) {
        self.day = day
        self.service = service
        self.count = count
        self.hours = hours
    }
}

/// Hours of one day in UTC, each of them a bit: bit 3 is the hour from 03:00.
public struct UseHours: OptionSet, Hashable, Sendable {
    public let rawValue: UInt32

    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// The hour from `hour`:00, 0 to 23.
    public init(hour: Int) {
        rawValue = 1 << UInt32(hour)
    }

    /// Marks a day of which not every hour is known: it was counted before hours were kept, and of each address and
    /// client only the latest use has one.
    public static let incomplete = UseHours(rawValue: 1 << 24)

    /// The hours in order, 0 to 23.
    public var list: [Int] { (0..<24).filter { contains(UseHours(hour: $0)) } }
}
