/// The form above a list: a text to find, and choices such as a state and an order. All of it is in the address of the
/// page, so that a view can be sent.
struct ListFilter: Sendable, Hashable {
    /// The address of the list without a query.
    let path: DeskPath
    /// What the text is looked for in: "Find by login, name or e-mail".
    let title: String
    var search: String?
    var choices: [Choice] = []

    /// A drop-down list.
    struct Choice: Sendable, Hashable {
        /// The name in the query, which is the element's `id`, too.
        let name: String
        let title: String
        let options: [Option]
        /// The value that is chosen; `nil` for the first option, which is not in the address.
        var chosen: String?

        struct Option: Sendable, Hashable {
            /// Empty for the first option.
            let value: String
            let title: String
        }

        init(_ name: String, _ title: String, _ options: [(value: String, title: String)], chosen: String?) {
            self.name = name
            self.title = title
            self.options = options.map { Option(value: $0.value, title: $0.title) }
            self.chosen = chosen
        }
    }

    /// Whether the list is anything but its beginning.
    var isSet: Bool { search != nil || choices.contains { $0.chosen != nil } }

    /// The value that is chosen of that name.
    func chosen(_ name: String) -> String? { choices.first { $0.name == name }?.chosen }

    /// What the form asks for, as the address of a list has it.
    var items: [(name: String, value: String?)] {
        [("search", search)] + choices.map { ($0.name, $0.chosen) }
    }

    /// The address of this list from `cursor` on.
    func page(_ name: String, _ cursor: String?) -> DeskPath { path.with(items + [(name, cursor)]) }

    var html: HTML {
        HTML(
            "form", [.method("get"), .action(path), .role("search"), .class("search filters")],
            HTML(joining: [
                div(.class("filter-text")) {
                    label(.for("search")) { title }
                    input(
                        .type("search"), .id("search"), .name("search"), .value(search ?? ""),
                        .maxLength(100), .noSpellcheck, .noCapitals)
                },
                HTML(joining: choices.map(\.html)),
                div(.class("filter-go")) {
                    button(.type("submit")) { "Search" }
                    if isSet { a(.class("button quiet"), .href(path)) { "Show all" } }
                },
            ]))
    }
}

extension ListFilter.Choice {
    fileprivate var html: HTML {
        div {
            label(.for(name)) { title }
            select(.id(name), .name(name)) {
                for one in options {
                    option(.value(one.value), one.value == chosen ?? "" ? .selected : nil) { one.title }
                }
            }
        }
    }
}

/// The links below a page of a list; nothing where it has only one.
@HTMLBuilder
func pageLinks(first: DeskPath?, next: DeskPath?, words: String = "Next page") -> HTML {
    if first != nil || next != nil {
        p(.class("actions pages")) {
            if let next { a(.class("button"), .href(next)) { words } }
            if let first { a(.class("button quiet"), .href(first)) { "Back to the first page" } }
        }
    }
}
