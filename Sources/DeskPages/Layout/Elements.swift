// The elements that the pages use. Each takes its attributes, then its content.

func html(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML) -> HTML {
    HTML("html", attributes, content())
}

func head(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML) -> HTML {
    HTML("head", attributes, content())
}

func body(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML) -> HTML {
    HTML("body", attributes, content())
}

func header(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML) -> HTML {
    HTML("header", attributes, content())
}

func nav(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML) -> HTML {
    HTML("nav", attributes, content())
}

func footer(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML) -> HTML {
    HTML("footer", attributes, content())
}

func section(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML) -> HTML {
    HTML("section", attributes, content())
}

func div(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML) -> HTML {
    HTML("div", attributes, content())
}

func h1(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML) -> HTML {
    HTML("h1", attributes, content())
}

func h2(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML) -> HTML {
    HTML("h2", attributes, content())
}

func h3(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML) -> HTML {
    HTML("h3", attributes, content())
}

func p(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML) -> HTML {
    HTML("p", attributes, content())
}

func ul(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML) -> HTML {
    HTML("ul", attributes, content())
}

func li(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML) -> HTML {
    HTML("li", attributes, content())
}

func dl(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML) -> HTML {
    HTML("dl", attributes, content())
}

func dt(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML) -> HTML {
    HTML("dt", attributes, content())
}

func dd(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML) -> HTML {
    HTML("dd", attributes, content())
}

func span(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML) -> HTML {
    HTML("span", attributes, content())
}

func strong(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML) -> HTML {
    HTML("strong", attributes, content())
}

func code(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML) -> HTML {
    HTML("code", attributes, content())
}

func pre(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML) -> HTML {
    HTML("pre", attributes, content())
}

func figure(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML) -> HTML {
    HTML("figure", attributes, content())
}

func figcaption(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML) -> HTML {
    HTML("figcaption", attributes, content())
}

func table(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML) -> HTML {
    HTML("table", attributes, content())
}

func caption(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML) -> HTML {
    HTML("caption", attributes, content())
}

func thead(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML) -> HTML {
    HTML("thead", attributes, content())
}

func tbody(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML) -> HTML {
    HTML("tbody", attributes, content())
}

func tr(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML) -> HTML {
    HTML("tr", attributes, content())
}

func th(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML) -> HTML {
    HTML("th", attributes, content())
}

func td(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML) -> HTML {
    HTML("td", attributes, content())
}

func fieldset(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML) -> HTML {
    HTML("fieldset", attributes, content())
}

func legend(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML) -> HTML {
    HTML("legend", attributes, content())
}

func label(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML) -> HTML {
    HTML("label", attributes, content())
}

func select(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML) -> HTML {
    HTML("select", attributes, content())
}

func option(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML) -> HTML {
    HTML("option", attributes, content())
}

func button(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML) -> HTML {
    HTML("button", attributes, content())
}

func details(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML) -> HTML {
    HTML("details", attributes, content())
}

func summary(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML) -> HTML {
    HTML("summary", attributes, content())
}

func time(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML) -> HTML {
    HTML("time", attributes, content())
}

func a(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML) -> HTML {
    HTML("a", attributes, content())
}

func script(_ attributes: Attribute?..., @HTMLBuilder content: () -> HTML) -> HTML {
    HTML("script", attributes, content())
}

func meta(_ attributes: Attribute?...) -> HTML { HTML(void: "meta", attributes) }

func link(_ attributes: Attribute?...) -> HTML { HTML(void: "link", attributes) }

func img(_ attributes: Attribute?...) -> HTML { HTML(void: "img", attributes) }

func input(_ attributes: Attribute?...) -> HTML { HTML(void: "input", attributes) }
