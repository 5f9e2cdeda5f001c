/// How high the bar of a day is.
///
/// The scale is linear, so that twice the uses are twice as high, unless one day dwarfs the usual ones, which would
/// then all look the same: from 25 times the median on, it is logarithmic.
struct UseScale: Sendable, Hashable {
    let isLogarithmic: Bool
    /// What reaches the top.
    let top: Int
    /// The height of the top, in units of the picture.
    let height: Int

    private static let dwarfing = 25

    init(_ totals: [Int], height: Int) {
        let used = totals.filter { $0 > 0 }.sorted()
        let most = used.last ?? 0
        isLogarithmic = used.count > 2 && most / Self.dwarfing >= used[used.count / 2]
        top = isLogarithmic ? most : Self.round(atLeast: most)
        self.height = height
    }

    /// The height of so many uses; any use can be seen.
    func height(of count: Int) -> Int {
        guard count > 0 else { return 0 }
        let share =
            isLogarithmic
            ? Double(Self.digits(count)) / Double(Self.digits(top)) : Double(count) / Double(top)
        return max(2, Int((share * Double(height)).rounded()))
    }

    /// The counts at which there are lines.
    var lines: [Int] {
        guard isLogarithmic else { return top % 2 == 0 ? [top / 2, top] : [top] }
        return Array(sequence(first: 1) { $0 <= top / 10 ? $0 * 10 : nil })
    }

    /// 0 for none, 1 for 1, 2 for 10, and between them by the logarithm.
    private static func digits(_ count: Int) -> Double {
        var (power, digits) = (1, 1.0)
        while power <= count / 10 { (power, digits) = (power * 10, digits + 1) }
        // Between two powers of ten a straight line is close enough to the logarithm, and needs no library.
        return digits + (Double(count) / Double(power) - 1) / 9
    }

    /// A power of ten, times a digit.
    private static func round(atLeast count: Int) -> Int {
        var power = 1
        while power * 10 <= count { power *= 10 }
        return [1, 2, 3, 4, 6, 8, 10].map { $0 * power }.first { $0 >= count } ?? power * 10
    }
}
