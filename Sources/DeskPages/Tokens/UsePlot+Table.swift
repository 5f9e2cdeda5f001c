import Ledger
import Tokens

extension UsePlot {
    /// The numbers of the picture: a row for each month of a year, for each day of a month with uses, or for each
    /// service of a day.
    var numbers: HTML {
        switch period {
        case .year: rowTable(of: months, heading: "Month", hasDays: true)
        case .month: rowTable(of: days, heading: "Day", hasDays: false)
        case .day: hourTable
        }
    }

    /// A row: what it is about, on how many days there were uses, and the uses of each service.
    private struct TableRow {
        var name: String
        var daysUsed = 0
        var counts: [Int]
    }

    private var days: [TableRow] {
        series.counts.enumerated().compactMap { index, counts in
            counts.contains { $0 > 0 } ? TableRow(name: series.day(index).longWords, counts: counts) : nil
        }
    }

    private var months: [TableRow] {
        var rows: [TableRow] = []
        for (index, counts) in series.counts.enumerated() {
            let day = series.day(index)
            let name = "\(day.monthName) \(day.year)"
            if rows.last?.name != name {
                rows.append(TableRow(name: name, counts: Array(repeating: 0, count: counts.count)))
            }
            let last = rows.count - 1
            for place in counts.indices { rows[last].counts[place] += counts[place] }
            if counts.contains(where: { $0 > 0 }) { rows[last].daysUsed += 1 }
        }
        return rows
    }

    private func rowTable(of rows: [TableRow], heading: String, hasDays: Bool) -> HTML {
        table(.class("cards numbers"), .role("table")) {
            caption(.class("unseen")) { "Uses by \(heading.lowercased()) \(period.words)" }
            thead {
                tr(.role("row")) {
                    columnHeader(heading)
                    if hasDays { columnHeader("Days used") }
                    for title in series.titles { columnHeader(title) }
                    if series.titles.count > 1 { columnHeader("All") }
                }
            }
            tbody {
                for row in rows {
                    tr(.role("row")) {
                        cell(heading) { row.name }
                        if hasDays { cell("Days used") { String(row.daysUsed) } }
                        for (title, count) in zip(series.titles, row.counts) { cell(title) { count.grouped } }
                        if series.titles.count > 1 { cell("All") { row.counts.reduce(0, +).grouped } }
                    }
                }
            }
        }
    }

    private var hourTable: HTML {
        table(.class("cards"), .role("table")) {
            caption(.class("unseen")) { "Uses by service \(period.words)" }
            thead {
                tr(.role("row")) { for name in ["Service", "Uses", "Hours"] { columnHeader(name) } }
            }
            tbody {
                for (index, title) in series.titles.enumerated() {
                    tr(.role("row")) {
                        cell("Service") { title }
                        cell("Uses") { series.total(of: index).grouped }
                        cell("Hours") {
                            series.lastHours[index].list.map(Self.clock).joined(separator: ", ")
                        }
                    }
                }
            }
        }
    }
}
