/// A moment, in whole milliseconds since 1970-01-01T00:00:00Z.
///
/// Arithmetic on moments and spans saturates. The numbers come from tokens, forms and databases that others
/// write, and none may crash the process.
public struct Timestamp: Hashable, Comparable, Sendable, BitwiseCopyable {
    /// Milliseconds since the epoch.
    public let milliseconds: Int64

    public init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    public init(seconds: Int64) {
        self.milliseconds = seconds.saturatingTimes(1000)
    }

    /// Before every other moment.
    public static var distantPast: Timestamp { Timestamp(milliseconds: .min) }

    /// After every other moment.
    public static var distantFuture: Timestamp { Timestamp(milliseconds: .max) }

    /// Whole seconds since the epoch, rounded down.
    public var seconds: Int64 { wholeSeconds(milliseconds) }

    /// The day it falls on: whole days since the epoch, in UTC.
    public var day: Int64 { milliseconds / 86_400_000 }

    public static func < (left: Self, right: Self) -> Bool {
        left.milliseconds < right.milliseconds
    }

    public static func + (moment: Self, span: TimeSpan) -> Self {
        Self(milliseconds: moment.milliseconds.saturatingPlus(span.milliseconds))
    }

    public static func - (moment: Self, span: TimeSpan) -> Self {
        Self(milliseconds: moment.milliseconds.saturatingMinus(span.milliseconds))
    }

    public static func - (end: Self, start: Self) -> TimeSpan {
        TimeSpan(milliseconds: end.milliseconds.saturatingMinus(start.milliseconds))
    }
}

extension Timestamp {
    /// How far the clocks of two nodes may differ. A moment further in the future was stored under a clock
    /// that was wrong.
    public static let skew = TimeSpan.minutes(1)

    /// Whether this is less than `span` before `now`, and less than `skew` after it.
    ///
    /// The one way to check the age of something that was stored. `now - stored < span` would hold for years
    /// where a clock that was ahead has been corrected; here a moment in the future counts as not there.
    public func isWithin(_ span: TimeSpan, before now: Timestamp, skew: TimeSpan = Self.skew) -> Bool {
        let (age, overflow) = now.milliseconds.subtractingReportingOverflow(milliseconds)
        return !overflow && age < span.milliseconds && age > -skew.milliseconds
    }

    /// Whether this lies in the future by `skew` or more, so that it was stored under a clock that was wrong.
    public func isAhead(of now: Timestamp, skew: TimeSpan = Self.skew) -> Bool {
        self > now && !isWithin(TimeSpan(milliseconds: 1), before: now, skew: skew)
    }
}

/// A length of time, in whole milliseconds.
public struct TimeSpan: Hashable, Comparable, Sendable {
    /// Milliseconds.
    public let milliseconds: Int64

    public init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    /// Whole seconds, rounded down.
    public var seconds: Int64 { wholeSeconds(milliseconds) }

    public static func seconds(_ count: Int64) -> Self { Self(milliseconds: count.saturatingTimes(1000)) }
    public static func minutes(_ count: Int64) -> Self { .seconds(count.saturatingTimes(60)) }
    public static func hours(_ count: Int64) -> Self { .minutes(count.saturatingTimes(60)) }
    public static func days(_ count: Int64) -> Self { .hours(count.saturatingTimes(24)) }

    public static func < (left: Self, right: Self) -> Bool {
        left.milliseconds < right.milliseconds
    }

    public static func + (left: Self, right: Self) -> Self {
        Self(milliseconds: left.milliseconds.saturatingPlus(right.milliseconds))
    }

    /// The text form in the largest unit that fits: `30d`, `12h`.
    public var words: String {
        let units: [(name: String, seconds: Int64)] = [("d", 86_400), ("h", 3600), ("m", 60)]
        let unit = units.first { seconds != 0 && seconds % $0.seconds == 0 } ?? ("s", 1)
        return "\(seconds / unit.seconds)\(unit.name)"
    }

    /// Twice as long, and at most `most`: how long to wait after one more failure.
    public func doubled(atMost most: TimeSpan) -> TimeSpan { min(self + self, most) }

    /// Reads `90s`, `15m`, `12h`, `30d` or `4w`; `nil` for anything else, and for more than 100 years.
    public init?(text: String) {
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800]
        guard let unit = text.last.flatMap({ units[$0] }),
            text.dropLast().allSatisfy({ $0.isASCII && $0.isNumber }),
            let count = Int64(text.dropLast()), count <= 36_525 * 86_400 / unit
        else { return nil }
        self = .seconds(count * unit)
    }
}

/// Rounded down, and not towards zero, on both sides of it.
private func wholeSeconds(_ milliseconds: Int64) -> Int64 {
    milliseconds / 1000 - (milliseconds % 1000 < 0 ? 1 : 0)
}

extension FixedWidthInteger {
    /// The sum, or the number nearest to it that this type can hold.
    func saturatingPlus(_ other: Self) -> Self {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other < 0 ? .min : .max) : sum
    }

    /// The difference, or the number nearest to it that this type can hold.
    func saturatingMinus(_ other: Self) -> Self {
        let (difference, overflow) = subtractingReportingOverflow(other)
        return overflow ? (other < 0 ? .max : .min) : difference
    }

    /// The product, or the number nearest to it that this type can hold.
    func saturatingTimes(_ other: Self) -> Self {
        let (product, overflow) = multipliedReportingOverflow(by: other)
        return overflow ? ((self < 0) == (other < 0) ? .max : .min) : product
    }
}

/// The source of time, passed in everywhere so that tests can control it.
public struct Clock: Sendable {
    private let read: @Sendable () -> Timestamp
    private let readSteady: @Sendable () -> Timestamp

    /// A clock that returns what `read` returns. Its steady moments are those of `steady`, or the same.
    public init(
        _ read: @escaping @Sendable () -> Timestamp, steady: (@Sendable () -> Timestamp)? = nil
    ) {
        self.read = read
        readSteady = steady ?? read
    }

    public var now: Timestamp { read() }

    /// A moment of a monotonic clock, comparable only within this process. It measures the age of what is
    /// kept only in memory.
    public var steady: Timestamp { readSteady() }
}
