import HTTPServer

/// All operations of the API, with a page for each group of them; public, as the description itself.
struct APIIndexPage: Page {
    let api: APIDescription

    var title: String { "API" }

    var content: HTML {
        section(.class("card medium guide"), .labelledBy("title")) {
            h1(.id("title")) { "API" }
            p { prose(api.summary) }
            p {
                "The whole description, for programs: "
                a(.href(.openAPI)) { "openapi.json" }
                " (OpenAPI 3.1)."
            }
            for tag in api.tags {
                h2(.id(tag.path)) { a(.href(.api(tag.path))) { tag.name } }
                p { prose(tag.description) }
                ul {
                    for operation in tag.operations {
                        li {
                            a(.href(.api(tag.path, at: operation.id))) {
                                code { "\(operation.method) \(operation.path)" }
                            }
                            HTML(verbatim: "<br>")
                            prose(operation.summary)
                        }
                    }
                }
            }
        }
    }
}

/// A group of operations: each with its parameters, body, answers, scopes and a command, and what their bodies hold.
struct APITagPage: Page {
    let tag: APIDescription.Tag
    /// The desk's public address, without a slash at its end.
    let desk: String

    var title: String { "API: \(tag.name)" }

    var content: HTML {
        p(.class("back")) { a(.href(.api)) { "API" } }
        section(.class("card medium guide"), .labelledBy("title")) {
            h1(.id("title")) { tag.name }
            p { prose(tag.description) }
            for operation in tag.operations { html(of: operation) }
            if !tag.schemas.isEmpty { h2(.id("bodies")) { "Bodies" } }
            for schema in tag.schemas { html(of: schema) }
        }
    }

    @HTMLBuilder
    private func html(of operation: APIOperation) -> HTML {
        h2(.id(operation.id)) {
            a(.href(.fragment(operation.id))) { code { "\(operation.method) \(operation.path)" } }
        }
        p { prose(operation.summary) }
        if !operation.description.isEmpty { p { prose(operation.description) } }
        if let scope = operation.scope {
            p {
                "Needs a token with "
                code { scope }
                if scope == "jeton:audit" {
                    " or "
                    code { "jeton:admin" }
                }
                ", or an administrator’s browser."
            }
        }
        linesToPaste(
            operation.command(at: desk), label: "A command for \(operation.id)", copy: "the command")
        if !operation.parameters.isEmpty {
            h3 { "Parameters" }
            fields(operation.parameters)
        }
        if let schema = operation.body?.schema {
            p {
                "The body is a "
                link(to: schema)
                "."
            }
        }
        h3 { "Answers" }
        ul {
            for answer in operation.answers {
                li {
                    code { answer.status }
                    " "
                    prose(answer.description)
                    if let schema = answer.schema {
                        " "
                        link(to: schema)
                    }
                }
            }
        }
    }

    @HTMLBuilder
    private func html(of schema: APISchema) -> HTML {
        h3(.id("body-\(schema.name)")) { schema.name }
        if let base = schema.base {
            p {
                "All that a "
                link(to: base)
                " has, and:"
            }
        }
        fields(schema.fields)
    }

    private func fields(_ fields: [APIField]) -> HTML {
        ul {
            for field in fields {
                li {
                    code { field.name }
                    span(.class("hint")) {
                        " \(field.type)\(field.isRequired ? "" : ", optional") "
                    }
                    prose(field.description)
                    if !field.choices.isEmpty {
                        " One of "
                        HTML(
                            joining: field.choices.enumerated().map { index, choice in
                                HTML(joining: [HTML(text: index == 0 ? "" : ", "), code { choice }])
                            })
                        "."
                    }
                    if let schema = field.schema {
                        " "
                        link(to: schema)
                    }
                }
            }
        }
    }

    private func link(to schema: String) -> HTML {
        a(.href(.fragment("body-\(schema)"))) { schema }
    }
}

/// A sentence of the description, in which backticks enclose code.
private func prose(_ text: String) -> HTML {
    let pieces = text.split(separator: "`", omittingEmptySubsequences: false)
    return HTML(
        joining: pieces.enumerated().map { index, piece in
            index.isMultiple(of: 2) ? HTML(text: String(piece)) : code { String(piece) }
        })
}

extension DeskPages {
    func addAPIRoutes(to router: inout Router) {
        router.on("GET", "/api") { request in
            try await answer(request) { visit in visit.answer(APIIndexPage(api: api)) }
        }
        router.on("GET", "/api/{tag}") { (request, name: String) in
            try await answer(request) { visit in
                guard let tag = api.tags.first(where: { $0.path == name }) else {
                    return visit.answer(ErrorPage.notFound, status: 404)
                }
                return visit.answer(APITagPage(tag: tag, desk: address))
            }
        }
    }
}
