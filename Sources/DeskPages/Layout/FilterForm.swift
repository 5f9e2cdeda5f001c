import Tokens

/// A field of ``filterForm(at:search:beside:fields:faults:unfoldsInUse:)``.
struct FilterField: Sendable, Hashable {
    enum Control: Sendable, Hashable {
        /// A line of text.
        case text
        /// A day.
        case date
        /// One of several values; the empty one stands for all.
        case choice([Choice])
        /// One of several values, none of them empty.
        case order([Choice])
    }

    struct Choice: Sendable, Hashable {
        let value: String
        let title: String
    }

    /// The parameter in the address.
    let name: String
    let label: String
    let value: String
    var hint: String?
    var control = Control.text

    /// Whether it narrows the list.
    fileprivate var isInUse: Bool {
        if case .order = control { false } else { !value.isEmpty }
    }
}

/// The search and the filters of a list, all in its address, so that a view can be sent. They work without a script.
///
/// The search is always shown, with what stands `beside` it. The other fields unfold below it. They are open where one of
/// them is in use, if the page does not say otherwise what is.
func filterForm(
    at path: DeskPath, search: FilterField, beside: HTML = .none, fields: [FilterField],
    faults: [FormFault] = [], unfoldsInUse: Bool = true
) -> HTML {
    let inUse = fields.filter(\.isInUse).count
    let isOpen = unfoldsInUse && inUse > 0 || !faults.isEmpty
    return HTML(
        "form", [.method("get"), .action(path), .role("search"), .class("search filters")],
        HTML(joining: [
            label(.for(search.name)) { search.label },
            div(.class("together")) {
                input(
                    .type("search"), .id(search.name), .name(search.name), .value(search.value),
                    .maxLength(100),
                    .noSpellcheck, .noCapitals)
                button(.type("submit")) { "Search" }
                if inUse > 0 || !search.value.isEmpty {
                    a(.class("button quiet"), .href(path)) { "Show all" }
                }
            },
            beside,
            details(.class("more"), isOpen ? .open : nil) {
                summary { inUse == 0 ? "Filters" : "Filters (\(inUse) in use)" }
                div(.class("filter-fields")) { for field in fields { filter(field, faults) } }
                p(.class("actions")) { button(.type("submit"), .class("button")) { "Apply filters" } }
            },
        ]))
}

private func filter(_ filter: FilterField, _ faults: [FormFault]) -> HTML {
    switch filter.control {
    case .text:
        field(
            filter.name, label: filter.label, hint: filter.hint, faults: faults, .type("text"),
            .value(filter.value),
            .maxLength(300), .noSpellcheck, .noCapitals)
    case .date:
        field(
            filter.name, label: filter.label, hint: filter.hint, faults: faults,
            .type(filter.value.isDate ? "date" : "text"), .value(filter.value))
    case .choice(let choices):
        selection(filter, [FilterField.Choice(value: "", title: "All")] + choices, faults)
    case .order(let choices): selection(filter, choices, faults)
    }
}

private func selection(_ filter: FilterField, _ choices: [FilterField.Choice], _ faults: [FormFault]) -> HTML
{
    let wrong = faults.about(filter.name)
    return div(.class(wrong.isEmpty ? "field" : "field wrong")) {
        label(.for(filter.name)) { filter.label }
        faultText(wrong, id: filter.name)
        select(
            .id(filter.name), .name(filter.name),
            describedBy(filter.name, hint: false, wrong: !wrong.isEmpty),
            wrong.isEmpty ? nil : .invalid
        ) {
            for choice in choices {
                option(.value(choice.value), choice.value == filter.value ? .selected : nil) { choice.title }
            }
        }
    }
}

extension String {
    /// Whether a control for dates can show it. What is none stays visible in one for text.
    fileprivate var isDate: Bool { isEmpty || Timestamp(date: self) != nil }
}
