internal import Tokens

extension RhythmWords {
    /// "12 minutes ago", "40 days ago"; "3 weeks ago" where a rough distance does.
    static func ago(_ moment: Timestamp, _ now: Timestamp, inWeeks: Bool = false) -> String {
        let seconds = max(0, (now - moment).seconds)
        let days = (seconds + 43_200) / 86_400
        switch seconds {
        case ..<60: return "just now"
        case ..<3600: return count(seconds / 60, "minute") + " ago"
        case ..<129_600: return count((seconds + 1800) / 3600, "hour") + " ago"
        default: break
        }
        if inWeeks, days >= 14, days < 60 { return count((days + 3) / 7, "week") + " ago" }
        return days < 60 ? count(days, "day") + " ago" : count((days + 15) / 30, "month") + " ago"
    }

    private static func count(_ number: Int64, _ unit: String) -> String {
        "\(number) \(unit)\(number == 1 ? "" : "s")"
    }

    /// `03:00`, also of an hour of the next day.
    static func clock(_ hour: Int) -> String {
        let hour = hour % 24
        return "\(hour < 10 ? "0" : "")\(hour):00"
    }

    /// "twice", "three times".
    static func times(_ count: Int) -> String {
        let words = ["never", "once", "twice", "three times", "four times", "five times"]
        return words.indices.contains(count) ? words[count] : "\(count) times"
    }

    /// `1st`, `22nd`.
    static func ordinal(_ number: Int) -> String {
        switch (number % 10, number) {
        case (1, let n) where n != 11: "\(number)st"
        case (2, let n) where n != 12: "\(number)nd"
        case (3, let n) where n != 13: "\(number)rd"
        default: "\(number)th"
        }
    }

    /// "2 weeks", "3 months", "10 days".
    static func span(_ days: Int) -> String {
        if days >= 56 { return "\((days + 15) / 30) months" }
        let weeks = (days + 3) / 7
        return weeks > 1 && abs(days - weeks * 7) <= 2 ? "\(weeks) weeks" : "\(days) days"
    }
}
