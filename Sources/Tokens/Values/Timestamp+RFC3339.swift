/// Moments in text (RFC 3339), strictly: a day that is not in the calendar is refused.
extension Timestamp {
    /// `2026-01-31T08:05:00Z`: UTC, whole seconds.
    public var rfc3339: String {
        var text: [UInt8] = []
        text.append(rfc3339: self, milliseconds: false)
        return String(decoding: text, as: UTF8.self)
    }

    /// Reads `2026-01-31T08:05:00Z`, also with `+02:00` in place of `Z`, and with fractions of a second, of
    /// which milliseconds are kept; `nil` for anything else.
    public init?(rfc3339 text: String) {
        var rest = Array(text.utf8)[...]
        func number(_ digits: Int) -> Int64? {
            guard rest.count >= digits, rest.prefix(digits).allSatisfy(\.isDigit) else { return nil }
            defer { rest = rest.dropFirst(digits) }
            return rest.prefix(digits).reduce(0) { $0 * 10 + Int64($1 - 0x30) }
        }
        func sign(_ allowed: String) -> UInt8? {
            guard let byte = rest.first, allowed.utf8.contains(byte) else { return nil }
            rest = rest.dropFirst()
            return byte
        }
        guard let year = number(4), sign("-") != nil, let month = number(2), sign("-") != nil,
            let day = number(2),
            sign("Tt ") != nil, let hour = number(2), sign(":") != nil, let minute = number(2),
            sign(":") != nil,
            let second = number(2), (1...12).contains(month), day >= 1,
            day <= Self.length(of: month, year: year), hour < 24, minute < 60, second < 61
        else { return nil }
        var fraction: Int64 = 0
        if sign(".") != nil {
            let digits = rest.prefix(while: \.isDigit)
            guard !digits.isEmpty else { return nil }
            let padded =
                Array(digits.prefix(3)) + Array(repeating: UInt8(0x30), count: max(0, 3 - digits.count))
            fraction = padded.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
            rest = rest.dropFirst(digits.count)
        }
        var offset: Int64 = 0
        guard let zone = sign("Zz+-") else { return nil }
        if zone == UInt8(ascii: "+") || zone == UInt8(ascii: "-") {
            guard let hours = number(2), sign(":") != nil, let minutes = number(2), hours < 24, minutes < 60
            else { return nil }
            offset = (hours * 60 + minutes) * (zone == UInt8(ascii: "+") ? 60 : -60)
        }
        guard rest.isEmpty else { return nil }
        let seconds =
            Self.day(year: year, month: month, day: day) * 86_400 + hour * 3600 + minute * 60 + second
        self.init(milliseconds: (seconds - offset) * 1000 + fraction)
    }

    /// The first moment, in UTC, of a day such as `2026-01-31`; `nil` where it is not in the calendar.
    public init?(date text: String) {
        guard text.utf8.count == 10 else { return nil }
        self.init(rfc3339: "\(text)T00:00:00Z")
    }

    /// The end of a day such as `2026-01-31`: 00:00 UTC of the next day; `nil` for anything but a date.
    ///
    /// The one rule for an expiry that is given as a date: on the pages, in the API, on the command line.
    public init?(lastDay text: String) {
        guard let start = Timestamp(date: text) else { return nil }
        self = start + .days(1)
    }

    /// A token's expiry: a moment in RFC 3339, or the last day on which the token works.
    public init?(expiry text: String) {
        guard let end = Timestamp(lastDay: text) ?? Timestamp(rfc3339: text) else { return nil }
        self = end
    }

    /// The date in UTC: `2026-01-31`.
    public var date: String { String(rfc3339.prefix(10)) }

    static func length(of month: Int64, year: Int64) -> Int64 {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        return switch month {
        case 2: isLeap ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days since 1970-01-01 in the proleptic Gregorian calendar, counted in eras of 400 years that
    /// begin on the first of March, so that the leap day comes last.
    static func day(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted.flooredQuotient(400)
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    static func civil(day: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = day + 719_468
        let era = shifted.flooredQuotient(146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let index = (5 * dayOfYear + 2) / 153
        let month = index < 10 ? index + 3 : index - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * index + 2) / 5 + 1)
    }
}

extension [UInt8] {
    /// Appends `2026-01-31T08:05:00Z`, or with `milliseconds` `2026-01-31T08:05:00.000Z`. RFC 3339 has no
    /// form for moments before the year 0, so these are written with that year.
    public mutating func append(rfc3339 moment: Timestamp, milliseconds: Bool) {
        let day = moment.seconds.flooredQuotient(86_400)
        let second = moment.seconds - day * 86_400
        let date = Timestamp.civil(day: day)
        func add(_ number: Int64, _ width: Int, _ end: Unicode.Scalar) {
            append(decimal: UInt64(clamping: number), width: width)
            append(UInt8(ascii: end))
        }
        add(date.year, 4, "-")
        add(date.month, 2, "-")
        add(date.day, 2, "T")
        add(second / 3600, 2, ":")
        add(second / 60 % 60, 2, ":")
        if milliseconds {
            add(second % 60, 2, ".")
            let rest = moment.milliseconds % 1000
            add(rest < 0 ? rest + 1000 : rest, 3, "Z")
        } else {
            add(second % 60, 2, "Z")
        }
    }
}

extension Int64 {
    func flooredQuotient(_ divisor: Int64) -> Int64 {
        self / divisor - (self % divisor < 0 ? 1 : 0)
    }
}
