/// A page's main heading with the sentence that says what it is for.
func pageHead(_ heading: String, _ lead: String) -> HTML {
    div(.class("page-head")) {
        h1 { heading }
        p(.class("lead")) { lead }
    }
}

/// A column's head; the row and cell roles stay when small screens lay tables out as cards.
func columnHeader(_ text: String) -> HTML {
    th(.scope("col"), .role("columnheader")) { text }
}

/// A cell that says on small screens which column it is of.
func cell(_ column: String, @HTMLBuilder content: () -> HTML) -> HTML {
    td(.role("cell"), .data("column", column)) { div(content: content) }
}

/// Lines that a person copies, in a box that scrolls on its own; `desk.js` puts a button beside it.
func linesToPaste(_ lines: String, label: String, copy: String) -> HTML {
    div(.class("lines")) {
        pre(.tabStop, .role("region"), .label(label), .data("copy", copy), .translateNo) { lines }
    }
}
