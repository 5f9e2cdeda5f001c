internal import Glibc
public import Tokens

/// Times of day as people at a place read them.
///
/// The desk's own place is that of the server (`TZ`, `/etc/localtime`). Tests pass rules of their own:
///
///     LocalTime(offset: { $0 < clocksForward ? 3600 : 7200 })
public struct LocalTime: Sendable {
    private let offset: @Sendable (Timestamp) -> Int64
    private let abbreviation: @Sendable (Timestamp) -> String

    /// A place whose clocks are ahead of UTC by `offset` seconds at a moment. `name` is the abbreviation that stands
    /// beside an hour, such as `CET`; empty for none.
    public init(
        offset: @escaping @Sendable (Timestamp) -> Int64,
        name: @escaping @Sendable (Timestamp) -> String = { _ in "" }
    ) {
        self.offset = offset
        abbreviation = name
    }

    public static let utc = LocalTime(offset: { _ in 0 }, name: { _ in "UTC" })

    /// The place of the server.
    public static let system = LocalTime(
        offset: { broken(down: $0).map { Int64($0.tm_gmtoff) } ?? 0 },
        name: { moment in
            guard let name = broken(down: moment)?.tm_zone else { return "UTC" }
            return String(cString: name)
        })

    private static func broken(down moment: Timestamp) -> tm? {
        var seconds = time_t(moment.seconds)
        var parts = tm()
        return localtime_r(&seconds, &parts) == nil ? nil : parts
    }

    /// The abbreviation of the time that is in force at `moment`.
    public func name(at moment: Timestamp) -> String { abbreviation(moment) }

    /// The hour on the clock, counted from 1970-01-01T00:00 there, into which most of an hour of UTC falls.
    func hour(ofUTC hour: Int64) -> Int64 {
        self.hour(of: Timestamp(seconds: hour * 3600 + 1800))
    }

    /// The hour on the clock at `moment`.
    func hour(of moment: Timestamp) -> Int64 {
        (moment.seconds + offset(moment)).floored(by: 3600).quotient
    }

    /// The moment at which an hour on the clock begins. An hour that the clocks skip is taken for the next.
    func moment(ofHour hour: Int64) -> Timestamp {
        let clock = Timestamp(seconds: hour * 3600)
        let nearby = clock - .seconds(offset(clock))
        return clock - .seconds(offset(nearby))
    }
}

extension Int64 {
    /// The quotient rounded down, and the remainder, which is never negative.
    func floored(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let remainder = ((self % divisor) + divisor) % divisor
        return ((self - remainder) / divisor, remainder)
    }
}
