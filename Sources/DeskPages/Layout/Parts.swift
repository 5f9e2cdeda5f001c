/// The main heading of a page with its introduction.
func pageHead(_ heading: String, _ lead: String) -> HTML {
    div(.class("page-head")) {
        h1 { heading }
        p(.class("lead")) { lead }
    }
}

/// The header of a column. The explicit roles remain when small screens lay tables out as cards.
func columnHeader(_ text: String) -> HTML {
    th(.scope("col"), .role("columnheader")) { text }
}

/// The header of a column of a width of its own: one of the classes `w-…`.
func columnHeader(_ text: String, width: StaticString) -> HTML {
    th(.scope("col"), .role("columnheader"), .class("w-\(width)")) { text }
}

/// A cell, labelled with its column on small screens.
func cell(_ column: String, @HTMLBuilder content: () -> HTML) -> HTML {
    td(.role("cell"), .data("column", column)) { div(content: content) }
}

/// Text to copy, in a box that scrolls; `desk.js` adds a copy button.
func linesToPaste(_ lines: String, label: String, copy: String) -> HTML {
    div(.class("lines")) {
        pre(.tabStop, .role("region"), .label(label), .data("copy", copy), .translateNo) { lines }
    }
}
