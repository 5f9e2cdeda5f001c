// The elements of pictures (SVG 2, inside HTML). Colours and fonts are in the stylesheet, by class.

/// A picture of `width` by `height` units, which is scaled to its place.
func svg(width: Int, height: Int, _ attributes: Attribute?..., @HTMLBuilder content: () -> HTML) -> HTML {
    HTML("svg", [.viewBox(width, height)] + attributes, content())
}

func g(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML) -> HTML {
    HTML("g", attributes, content())
}

/// A rectangle, with what is shown while the pointer is over it.
func rect(_ area: SVGArea, _ attributes: Attribute?..., hover: String? = nil) -> HTML {
    let title = hover.map { HTML("title", [], HTML(text: $0)) } ?? .none
    return HTML("rect", area.attributes + attributes, title)
}

/// Many rectangles as one element, which takes a fifth of the bytes.
func rects(_ areas: [SVGArea], _ attributes: Attribute?...) -> HTML {
    let path = areas.map { "M\($0.x) \($0.y)h\($0.width)v\($0.height)h-\($0.width)z" }.joined()
    return HTML("path", attributes + [.path(path)], .none)
}

/// A horizontal line.
func rule(x: Int, y: Int, length: Int, _ attributes: Attribute?...) -> HTML {
    HTML("path", attributes + [.path("M\(x) \(y)h\(length)")], .none)
}

/// Text whose baseline is at `y`.
func svgText(x: Int, y: Int, _ attributes: Attribute?..., @HTMLBuilder content: () -> HTML) -> HTML {
    HTML("text", [.x(x), .y(y)] + attributes, content())
}

/// An area in a picture, in its units from the top left.
struct SVGArea: Sendable, Hashable {
    let x: Int
    let y: Int
    let width: Int
    let height: Int

    fileprivate var attributes: [Attribute?] { [.x(x), .y(y), .width(width), .height(height)] }
}
