import Desk
import Ledger
import Tokens

/// The search and the filters of events.
struct EventFilterForm {
    let filter: EventFilter
    let faults: [FormFault]

    var html: HTML {
        filterForm(
            at: .events,
            search: FilterField(
                name: "search", label: "Find by a word, a login, a name, an address or an identifier",
                value: filter.search),
            fields: [
                FilterField(
                    name: "kind", label: "What", value: filter.kinds.joined(separator: ","),
                    control: .choice(kinds)),
                FilterField(
                    name: "who", label: "Who", value: filter.who,
                    hint: "A login: who did it, or whom it is about."),
                FilterField(name: "token", label: "Token", value: filter.token, hint: "Its identifier."),
                FilterField(
                    name: "address", label: "Address", value: filter.address, hint: "Such as 192.0.2.1."),
                FilterField(
                    name: "incident", label: "Incident", value: filter.incident, hint: "Its number."),
                FilterField(
                    name: "from", label: "From", value: filter.from,
                    hint: "In UTC: 2026-07-01, or 2026-07-01T08:30:00Z."),
                FilterField(
                    name: "until", label: "Until", value: filter.until,
                    hint: "The last day, or the time before which it happened."),
            ] + linked, faults: faults)
    }

    /// What the form offers no field for, and a link or a program has set.
    private var linked: [FilterField] {
        [("actor", "Done by", filter.actor), ("subject", "About", filter.subject)].filter { !$0.2.isEmpty }
            .map {
                FilterField(name: $0.0, label: $0.1, value: $0.2)
            }
    }

    private var kinds: [FilterField.Choice] {
        var choices: [FilterField.Choice] = []
        for family in EventFamily.allCases {
            choices.append(.init(value: family.rawValue, title: "\(family.title): all"))
            choices += family.kinds.map { .init(value: $0.rawValue, title: "\(family.title): \($0.words)") }
        }
        let chosen = filter.kinds.joined(separator: ",")
        if filter.kinds.count > 1 {
            choices.insert(.init(value: chosen, title: "\(filter.kinds.count) kinds, as linked"), at: 0)
        }
        return choices
    }
}

extension Event.Kind {
    /// `token created`.
    fileprivate var words: String { rawValue.replacing("_", with: " ") }
}
