/// What a list is narrowed and ordered by: a text to find, and choices such as a state and an order. All of it is in the
/// address of the page, so that a view can be sent.
struct ListFilter: Sendable, Hashable {
    /// The address of the list without a query.
    let path: DeskPath
    /// What the text is looked for in: "Find by login, name or e-mail".
    let title: String
    var search: String?
    var choices: [Choice] = []

    /// One of several values.
    struct Choice: Sendable, Hashable {
        /// The parameter in the address.
        let name: String
        let title: String
        let options: [FilterField.Choice]
        /// The value that is chosen; `nil` for all, or for the first order, which the address need not have.
        var chosen: String?
        /// Whether it is an order, which leaves nothing out.
        var isOrder = false

        init(
            _ name: String, _ title: String, _ options: [(value: String, title: String)], chosen: String?,
            isOrder: Bool = false
        ) {
            self.name = name
            self.title = title
            self.options = options.map { FilterField.Choice(value: $0.value, title: $0.title) }
            self.chosen = chosen
            self.isOrder = isOrder
        }
    }

    /// Whether something is left out of the list.
    var isSet: Bool { search != nil || choices.contains { $0.chosen != nil && !$0.isOrder } }

    /// The value that is chosen of that name.
    func chosen(_ name: String) -> String? { choices.first { $0.name == name }?.chosen }

    /// What the list is narrowed and ordered by, as its address has it.
    var items: [(name: String, value: String?)] {
        [("search", search)] + choices.map { ($0.name, $0.chosen) }
    }

    /// The address of this list with one more parameter, such as a cursor.
    func page(_ name: String, _ value: String?) -> DeskPath { path.with(items + [(name, value)]) }

    var html: HTML {
        filterForm(
            at: path, search: FilterField(name: "search", label: title, value: search ?? ""),
            fields: choices.map { choice in
                FilterField(
                    name: choice.name, label: choice.title,
                    value: choice.chosen ?? (choice.isOrder ? choice.options.first?.value ?? "" : ""),
                    control: choice.isOrder ? .order(choice.options) : .choice(choice.options))
            })
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
