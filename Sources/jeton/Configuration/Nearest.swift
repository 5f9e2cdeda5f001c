/// The word in `known` that is most similar to `text`; `nil` if none is similar enough.
func nearest(to text: String, among known: [String]) -> String? {
    let limit = max(1, min(3, text.count / 3))
    return known.map { ($0, distance(text, $0)) }.filter { $0.1 <= limit }.min { $0.1 < $1.1 }?.0
}

/// The Damerau-Levenshtein distance of two texts (optimal string alignment).
private func distance(_ left: String, _ right: String) -> Int {
    let (a, b) = (Array(left.prefix(64).lowercased()), Array(right.prefix(64).lowercased()))
    var rows = [[Int]](repeating: [Int](repeating: 0, count: b.count + 1), count: a.count + 1)
    for column in 0...b.count { rows[0][column] = column }
    for row in 0..<a.count {
        rows[row + 1][0] = row + 1
        for column in 0..<b.count {
            let change = rows[row][column] + (a[row] == b[column] ? 0 : 1)
            var best = min(change, rows[row][column + 1] + 1, rows[row + 1][column] + 1)
            if row > 0, column > 0, a[row] == b[column - 1], a[row - 1] == b[column] {
                best = min(best, rows[row - 1][column - 1] + 1)
            }
            rows[row + 1][column + 1] = best
        }
    }
    return rows[a.count][b.count]
}

/// ` (did you mean `x`?)`, or the empty string.
func suggestion(for text: String, among known: [String]) -> String {
    nearest(to: text, among: known).map { " (did you mean `\($0)`?)" } ?? ""
}
