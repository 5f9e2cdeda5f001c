import Tokens

/// A field of ``filterForm(at:search:fields:kept:faults:)``.
struct FilterField: Sendable, Hashable {
    enum Control: Sendable, Hashable {
        /// A line of text.
        case text
        /// One of several values; the empty one stands for all.
        case choice([Choice])
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
}

/// The search and the filters of a list, all in its address, so that a view can be sent. They work without a script.
///
/// The search is always shown. The other fields unfold below it, and are open where one of them is in use.
func filterForm(
    at path: DeskPath, search: FilterField, fields: [FilterField], faults: [FormFault] = []
) -> HTML {
    let inUse = fields.filter { !$0.value.isEmpty }.count
    return HTML(
        "form", [.method("get"), .action(path), .role("search"), .class("search filters")],
        HTML(joining: [
            label(.for(search.name)) { search.label },
            div(.class("together")) {
                input(
                    .type("search"), .id(search.name), .name(search.name), .value(search.value), .maxLength(100),
                    .noSpellcheck, .noCapitals)
                button(.type("submit")) { "Search" }
                if inUse > 0 || !search.value.isEmpty { a(.class("button quiet"), .href(path)) { "Show all" } }
            },
            details(.class("more"), inUse > 0 || !faults.isEmpty ? .open : nil) {
                summary { inUse == 0 ? "Filters" : "Filters (\(inUse) in use)" }
                div(.class("filter-fields")) { for field in fields { filter(field, faults) } }
                p(.class("actions")) { button(.type("submit"), .class("button")) { "Apply filters" } }
            },
        ]))
}

private func filter(_ filter: FilterField, _ faults: [FormFault]) -> HTML {
    switch filter.control {
    case .text:
        return field(
            filter.name, label: filter.label, hint: filter.hint, faults: faults, .type("text"), .value(filter.value),
            .maxLength(300), .noSpellcheck, .noCapitals)
    case .choice(let choices):
        return div(.class("field")) {
            label(.for(filter.name)) { filter.label }
            select(.id(filter.name), .name(filter.name)) {
                option(.value("")) { "All" }
                for choice in choices {
                    option(.value(choice.value), choice.value == filter.value ? .selected : nil) { choice.title }
                }
            }
        }
    }
}
