import Ledger
import Tokens

extension PasswordReport {
    /// The uses as CSV (RFC 4180).
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

/// A CSV table for spreadsheets (RFC 4180).
///
/// A cell that begins like a formula is prefixed with an apostrophe. Names and clients are other people's words,
/// and a spreadsheet must not execute them (OWASP, "CSV injection").
struct CSV {
    /// The rows, each with CR LF at its end.
    private(set) var text = ""

    /// A table with a row of headings; without one, the rows that go on with another.
    init(_ headings: [String]? = nil) {
        if let headings { add(headings) }
    }

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
