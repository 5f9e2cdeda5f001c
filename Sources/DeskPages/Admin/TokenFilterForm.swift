import Desk
import Ledger
import Tokens

/// The search and the filters of the inventory.
struct TokenFilterForm: Sendable, Hashable {
    let filter: TokenFilter
    let faults: [FormFault]
    let services: [Service]

    var html: HTML {
        filterForm(
            at: .allTokens,
            search: FilterField(
                name: TokenFilter.Field.search.rawValue,
                label: "Find by identifier, token, login, name, e-mail or address",
                value: filter[.search] ?? ""),
            beside: states, fields: fields, faults: faults.filter { !["q", "state"].contains($0.field) },
            unfoldsInUse: false)
    }

    private static let states: [(name: String, title: String)] = [
        ("active", "Active"), ("paused", "Paused"), ("expired", "Expired"), ("revoked", "Revoked"),
    ]

    private var states: HTML {
        let chosen = filter.states.isEmpty ? ["active", "paused"] : filter.states
        return fieldset(.class("states")) {
            legend(.class("unseen")) { "State" }
            for (name, title) in Self.states {
                let isChosen = chosen.contains(name) || chosen.contains("all")
                label(.for("state-\(name)")) {
                    input(
                        .type("checkbox"), .id("state-\(name)"), .name("state"), .value(name),
                        isChosen ? .checked : nil)
                    title
                }
            }
        }
    }

    private var fields: [FilterField] {
        let places = services.map { FilterField.Choice(value: $0.name.text, title: $0.title) }
        let desk = FilterField.Choice(value: ServiceName.desk, title: "Jeton’s own API")
        return [
            field(.owner, "Owner", hint: "The whole login."),
            field(.kind, "Of", .choice(TokenQuery.OwnerKind.allCases.map { .init($0.rawValue, $0.words) })),
            field(.service, "Used at", .choice(places + [desk])),
            field(.allows, "May be used at", .choice(places)),
            field(.address, "Used from", hint: "An address, or a range such as 10.0.0.0/8."),
            field(.client, "Used with", hint: "A part of the client’s name, such as git."),
            field(.usedFrom, "Used since", .date), field(.usedUntil, "Used until", .date),
            field(.createdFrom, "Created since", .date), field(.createdUntil, "Created until", .date),
            field(.finding, "Finding", .choice(TokenFinding.allCases.map { .init($0.rawValue, $0.title) })),
            FilterField(
                name: TokenFilter.Field.sort.rawValue, label: "Order",
                value: filter[.sort] ?? TokenOrder.newest.rawValue,
                control: .order(TokenOrder.allCases.map { .init($0.rawValue, $0.words) })),
        ]
    }

    private func field(
        _ field: TokenFilter.Field, _ label: String, _ control: FilterField.Control = .text,
        hint: String? = nil
    ) -> FilterField {
        var control = control
        // What no choice stands for stays as it was linked.
        if case .choice(let choices) = control, let text = filter[field],
            !choices.contains(where: { $0.value == text })
        {
            control = .choice(choices + [.init(text, text)])
        }
        return FilterField(
            name: field.rawValue, label: label, value: filter[field] ?? "", hint: hint, control: control)
    }
}

extension FilterField.Choice {
    init(_ value: String, _ title: String) {
        self.init(value: value, title: title)
    }
}
