import Desk
import Ledger
import Tokens

/// A year of a token's uses: its picture, and its rhythm as a whole and at each service.
struct UseHistory: Sendable, Hashable {
    /// The rhythm at one service.
    struct AtService: Sendable, Hashable {
        let service: String
        let rhythm: UseRhythm
    }

    let days: [UseDay]
    let rhythm: UseRhythm
    /// The rhythm at each service, the one that was used last first; empty where there is only one.
    let services: [AtService]

    /// The most services that are told apart.
    private static let most = 10

    init(_ days: [UseDay], of token: Token, lastUse: Use?, now: Timestamp, in place: LocalTime = .system) {
        self.days = days
        rhythm = UseRhythm(
            of: days, lastUse: lastUse?.lastAt, created: token.createdAt, now: now, in: place)
        let grouped = Dictionary(grouping: days, by: \.service)
        services =
            grouped.count < 2
            ? []
            : grouped.map { service, days in
                let last = lastUse?.service == service ? lastUse?.lastAt : nil
                return AtService(
                    service: service,
                    rhythm: UseRhythm(
                        of: days, lastUse: last, created: token.createdAt, now: now, in: place))
            }.sorted { left, right in
                (right.rhythm.lastUse ?? .distantPast, left.service)
                    < (left.rhythm.lastUse ?? .distantPast, right.service)
            }
    }

    /// When it is used: in one sentence, and for each service where there are several.
    @HTMLBuilder
    func rhythmHTML(_ wording: Wording) -> HTML {
        p {
            strong { "When it is used: " }
            "\(rhythm.words)."
        }
        rhythmsOfServices(wording)
    }

    @HTMLBuilder
    private func rhythmsOfServices(_ wording: Wording) -> HTML {
        if !services.isEmpty {
            ul(.class("rhythms")) {
                for one in services.prefix(Self.most) {
                    li { "\(wording.titles[one.service]): \(one.rhythm.words)" }
                }
                if services.count > Self.most { li { "and \(services.count - Self.most) more services" } }
            }
        }
    }

    /// The card on a token's page: the rhythm, then the picture of a day, a month or a year.
    func card(_ period: UsePlot.Period, at page: DeskPath, _ wording: Wording) -> HTML {
        section(.class("card"), .id("history"), .labelledBy("history-title")) {
            h2(.id("history-title")) { "When it is used" }
            p { "\(rhythm.words.prefix(1).uppercased())\(rhythm.words.dropFirst())." }
            rhythmsOfServices(wording)
            if !days.isEmpty {
                ul(.class("periods"), .label("Period of the picture")) {
                    for one in UsePlot.Period.allCases {
                        li {
                            a(
                                .href(page.with([("days", String(one.rawValue))]).at("history")),
                                one == period ? .currentItem : nil
                            ) { one.title }
                        }
                    }
                }
                UsePlot(days: days, period: period, wording: wording).html
            }
        }
    }
}

extension UsePlot.Period {
    fileprivate var title: String {
        switch self {
        case .day: "Today"
        case .month: "30 days"
        case .year: "1 year"
        }
    }
}
