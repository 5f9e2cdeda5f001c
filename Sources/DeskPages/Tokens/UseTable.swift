import Ledger
import Tokens

/// The uses of a token in the last 30 days: each service, address and client once.
@HTMLBuilder
func useTable(_ uses: [Use], heading: String, none: String, _ wording: Wording) -> HTML {
    h2 { heading }
    if uses.isEmpty {
        p(.class("hint")) { none }
    } else {
        table(.class("cards"), .role("table")) {
            caption(.class("unseen")) { "\(heading), in the last 30 days" }
            thead {
                tr(.role("row")) {
                    for name in ["Service", "From", "Client", "Uses", "Last used"] { columnHeader(name) }
                }
            }
            tbody {
                for use in summedByPlace(uses) {
                    tr(.role("row")) {
                        cell("Service") { strong { wording.titles[use.service] } }
                        cell("From") { use.address.isEmpty ? "various addresses" : use.address }
                        cell("Client") { use.client.isEmpty ? "various clients" : use.client }
                        cell("Uses") { String(use.count) }
                        cell("Last used") { moment(use.lastAt) }
                    }
                }
            }
        }
    }
}

/// Adds up the ledger's counts by day for each service, address and client.
func summedByPlace(_ uses: [Use]) -> [Use] {
    struct UsePlace: Hashable {
        let service: String, address: String, client: String
    }
    var sums: [UsePlace: Use] = [:]
    for use in uses {
        let place = UsePlace(service: use.service, address: use.address, client: use.client)
        if var sum = sums[place] {
            sum.count += use.count
            sum.lastAt = max(sum.lastAt, use.lastAt)
            sums[place] = sum
        } else {
            sums[place] = use
        }
    }
    return sums.values.sorted { left, right in
        (right.lastAt, left.service, left.address, left.client)
            < (left.lastAt, right.service, right.address, right.client)
    }
}

/// "Maven private repository, from 10.1.2.3, with Maven 3.8.7".
func whereabouts(of use: Use, _ titles: ServiceTitles) -> String {
    let service = titles[use.service]
    let address = use.address.isEmpty ? "" : ", from \(use.address)"
    let client = use.client.isEmpty ? "" : ", with \(use.client)"
    return service + address + client
}

@HTMLBuilder
func useWords(_ use: Use, _ titles: ServiceTitles) -> HTML {
    whereabouts(of: use, titles)
    span(.class("where")) {
        " ("
        moment(use.lastAt)
        ")"
    }
}
