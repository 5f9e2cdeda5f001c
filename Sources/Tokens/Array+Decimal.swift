/// Writing numbers into bytes that are gathered, without a `String` in between.
extension [UInt8] {
    /// Appends `number` in decimal digits, with zeros before it where it has fewer than `width`.
    public mutating func append(decimal number: UInt64, width: Int = 1) {
        var power: UInt64 = 1
        var digits = 1
        while number / power >= 10 {
            power *= 10
            digits += 1
        }
        for _ in 0..<Swift.max(0, width - digits) { append(UInt8(ascii: "0")) }
        while power > 0 {
            append(UInt8(ascii: "0") + UInt8(number / power % 10))
            power /= 10
        }
    }
}
