import JSON
import Tokens

/// A table of text for a terminal.
struct PrintedTable {
    private var rows: [[String]]

    init(_ headings: [String]) {
        rows = [headings]
    }

    /// Adds a row; an empty cell is shown as `-`.
    mutating func add(_ cells: [String]) {
        rows.append(cells.map { $0.isEmpty ? "-" : Self.printable($0) })
    }

    /// The lines, each column as wide as its widest cell.
    var text: String {
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let cells = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
            let line = cells.joined(separator: "  ")
            return (line.lastIndex { $0 != " " }.map { String(line[...$0]) } ?? "") + "\n"
        }.joined()
    }

    private static func line(_ name: String, _ value: String) -> String {
        name + String(repeating: " ", count: max(1, 11 - name.count)) + printable(value) + "\n"
    }

    /// Lines with a name and a value each, without those whose value is empty.
    static func lines(_ rows: [(String, String)]) -> String {
        rows.filter { !$0.1.isEmpty }.map { line($0.0, $0.1) }.joined()
    }

    /// The cell without control characters, which a terminal would obey.
    static func printable(_ cell: String) -> String {
        String(
            cell.map { $0.unicodeScalars.contains { $0.properties.generalCategory == .control } ? "?" : $0 })
    }
}

extension JSONValue {
    /// The member if it is a string, else the empty string.
    func text(_ name: String) -> String { self[name]?.string ?? "" }

    /// The strings of the member if it is an array, with `separator` between them; `otherwise` if there are none.
    func list(_ name: String, by separator: String = " ", otherwise: String = "") -> String {
        let texts = (self[name]?.array ?? []).compactMap(\.string)
        return texts.isEmpty ? otherwise : texts.joined(separator: separator)
    }

    /// The member if it is a moment (RFC 3339), to the minute in UTC, else the empty string.
    func moment(_ name: String) -> String {
        guard let text = self[name]?.string, Timestamp(rfc3339: text) != nil else { return "" }
        return String(text.prefix(16)).replacing("T", with: " ")
    }
}
