import Ledger
import Tokens

extension PasswordReport {
    /// The uses as a table for spreadsheets (RFC 4180).
    public var csv: String {
        var table = CSV(["login", "name", "service", "client", "address", "times", "last"])
        for listed in uses {
            let use = listed.use
            table.add([
                listed.owner.login.text, listed.owner.name, use.service, use.client, use.address,
                String(use.count), use.lastAt.rfc3339,
            ])
        }
        return table.text
    }
}

/// Rows for spreadsheets (RFC 4180).
///
/// What begins as a formula does is made text by an apostrophe before it: names and clients are other
/// people's words, and a spreadsheet must not act on them (OWASP, "CSV injection").
struct CSV {
    /// All rows, each ended by CR LF.
    private(set) var text = ""

    /// A table with those headings.
    init(_ headings: [String]) {
        add(headings)
    }

    /// Adds a row.
    mutating func add(_ cells: [String]) {
        text += cells.map(Self.written).joined(separator: ",") + "\r\n"
    }

    private static func written(_ cell: String) -> String {
        let isFormula = cell.unicodeScalars.first { $0 != " " }.map {
            "=+-@\t\r\n".unicodeScalars.contains($0)
        }
        let cell = isFormula == true ? "'\(cell)" : cell
        guard cell.unicodeScalars.contains(where: { ",\"\r\n'".unicodeScalars.contains($0) }) else {
            return cell
        }
        return "\"\(cell.replacing("\"", with: "\"\""))\""
    }
}
