import Desk
import Ledger
import Tokens

/// The uses of a token by one service, address and client.
struct PlaceUses: Sendable, Hashable {
    let service: String
    let address: String
    let client: String
    var count: Int
    /// A moment on the first day of which uses are kept.
    var firstAt: Timestamp
    var lastAt: Timestamp
    /// The days of use. Of a day with several uses, only the hour of the latest is known.
    var days: [UseDay] = []

    /// When it is used, as a sentence without its full stop.
    func rhythm(at now: Timestamp, in place: LocalTime = .system) -> String {
        if count > 1, Set(days.map(\.day)).count == 1 { return "on one day" }
        return UseRhythm(of: days, lastUse: lastAt, created: firstAt, now: now, in: place).words
    }
}

/// How many days back the tables of uses go, as far as uses are kept by address and client.
let daysOfUseTables = LedgerLimits.daysOfUses

/// The most rows of a table of uses that tell when they are used.
private let mostRhythms = 30

/// The uses of a token: each service, address and client once, the first ones with their rhythm. `uses` are those of
/// the last ``daysOfUseTables``.
@HTMLBuilder
func useTable(_ uses: [Use], heading: String, none: String, _ wording: Wording) -> HTML {
    h2 { heading }
    if uses.isEmpty {
        p(.class("hint")) { none }
    } else {
        table(.class("cards"), .role("table")) {
            caption(.class("unseen")) { "\(heading), in the last \(daysOfUseTables) days" }
            thead {
                tr(.role("row")) {
                    for name in ["Service", "From", "Client", "Uses", "First", "Last used"] {
                        columnHeader(name)
                    }
                }
            }
            tbody {
                for (number, place) in summedByPlace(uses).enumerated() {
                    tr(.role("row")) {
                        cell("Service") {
                            strong { wording.titles[place.service] }
                            if number < mostRhythms {
                                span(.class("where")) { place.rhythm(at: wording.now) }
                            }
                        }
                        cell("From") { place.address.isEmpty ? "various addresses" : place.address }
                        cell("Client") { place.client.isEmpty ? "various clients" : place.client }
                        cell("Uses") { String(place.count) }
                        cell("First") { moment(place.firstAt, .day) }
                        cell("Last used") { moment(place.lastAt) }
                    }
                }
            }
        }
    }
}

/// Adds up the ledger's counts by day for each service, address and client; the latest first.
func summedByPlace(_ uses: [Use]) -> [PlaceUses] {
    struct UsePlace: Hashable {
        let service: String, address: String, client: String
    }
    var sums: [UsePlace: PlaceUses] = [:]
    for use in uses {
        let place = UsePlace(service: use.service, address: use.address, client: use.client)
        if var sum = sums[place] {
            sum.count += use.count
            sum.firstAt = min(sum.firstAt, use.lastAt)
            sum.lastAt = max(sum.lastAt, use.lastAt)
            sum.days.append(UseDay(of: use))
            sums[place] = sum
        } else {
            sums[place] = PlaceUses(
                service: use.service, address: use.address, client: use.client, count: use.count,
                firstAt: use.lastAt, lastAt: use.lastAt, days: [UseDay(of: use)])
        }
    }
    return sums.values.sorted { left, right in
        (right.lastAt, left.service, left.address, left.client)
            < (left.lastAt, right.service, right.address, right.client)
    }
}

extension UseDay {
    /// The day of uses at one place.
    fileprivate init(of use: Use) {
        let hour = UseHours(hour: Int(use.lastAt.milliseconds / 3_600_000 % 24))
        self.init(
            day: use.day, service: use.service, count: use.count,
            hours: use.count == 1 ? hour : [hour, .incomplete])
    }
}

/// "Maven private repository, from 10.1.2.3, with Maven 3.8.7".
func whereabouts(of use: Use, _ titles: ServiceTitles) -> String {
    whereabouts(use.service, use.address, use.client, titles)
}

func whereabouts(
    _ service: String, _ address: String, _ client: String, _ titles: ServiceTitles
) -> String {
    titles[service] + (address.isEmpty ? "" : ", from \(address)")
        + (client.isEmpty ? "" : ", with \(client)")
}
