import JSON

/// The description of the API (OpenAPI 3.1), as far as the pages show it.
public struct APIDescription: Sendable {
    /// A group of operations, which has a page of its own.
    struct Tag: Sendable {
        let name: String
        let description: String
        var operations: [APIOperation] = []
        /// The schemas that the operations refer to, by name, each once.
        var schemas: [APISchema] = []

        /// Its name in the address.
        var path: String { name.lowercased().replacing(" ", with: "-") }
    }

    let summary: String
    private(set) var tags: [Tag]

    /// No description, for tests of other pages.
    static let empty = APIDescription(.object([:]))

    /// Reads a description. What it lacks is left out.
    public init(parsing text: String) {
        self.init((try? JSONValue(parsing: Array(text.utf8))) ?? .null)
    }

    private init(_ document: JSONValue) {
        summary = document["info"]?["description"]?.string ?? ""
        tags = (document["tags"]?.array ?? []).map { tag in
            Tag(name: tag["name"]?.string ?? "", description: tag["description"]?.string ?? "")
        }
        let operations = APIOperation.all(in: document)
        for index in tags.indices {
            let own = operations.filter { $0.tag == tags[index].name }
            tags[index].operations = own
            tags[index].schemas = APISchema.all(from: own.flatMap(\.schemas), in: document)
        }
    }
}

/// One operation: a method at a path.
struct APIOperation: Sendable {
    struct Answer: Sendable {
        let status: String
        let description: String
        let schema: String?
    }

    let id: String
    let tag: String
    let method: String
    let path: String
    let summary: String
    let description: String
    /// The scope with which a token may call it; `nil` where it depends on what it is called for.
    let scope: String?
    let parameters: [APIField]
    /// The schema of the body, and an example of it.
    let body: (schema: String?, example: String)?
    let answers: [Answer]

    private static let methods = ["get", "post", "put", "patch", "delete"]

    /// The names of the schemas that it refers to.
    var schemas: [String] { [body?.schema].compactMap(\.self) + answers.compactMap(\.schema) }

    /// All operations, by path and method.
    static func all(in document: JSONValue) -> [APIOperation] {
        guard case .object(let paths)? = document["paths"] else { return [] }
        return paths.keys.sorted().flatMap { path in
            methods.compactMap { method in
                paths[path]?[method].map {
                    APIOperation($0, method.uppercased(), path, shared: paths[path]?["parameters"], document)
                }
            }
        }
    }

    private init(
        _ operation: JSONValue, _ method: String, _ path: String, shared: JSONValue?, _ document: JSONValue
    ) {
        (self.method, self.path) = (method, path)
        id = operation["operationId"]?.string ?? ""
        tag = operation["tags"]?.array?.first?.string ?? ""
        summary = operation["summary"]?.string ?? ""
        description = operation["description"]?.string ?? ""
        scope = operation["security"]?.array?.first?["bearer"]?.array?.first?.string
        parameters = ((shared?.array ?? []) + (operation["parameters"]?.array ?? [])).map { parameter in
            APIField(
                name: parameter["name"]?.string ?? "", schema: parameter["schema"] ?? .null,
                description: parameter["description"]?.string,
                isRequired: parameter["required"] == .bool(true))
        }
        let content = operation["requestBody"]?["content"]
        body = (content?["application/json"]?["schema"]).map { schema in
            (APISchema.name(in: schema), APISchema.example(of: schema, in: document).text)
        }
        guard case .object(let responses)? = operation["responses"] else {
            answers = []
            return
        }
        answers = responses.keys.sorted().map { status in
            let response = responses[status].map { document.resolving($0) } ?? .null
            let schema = response["content"]?["application/json"]?["schema"]
            return Answer(
                status: status, description: response["description"]?.string ?? "",
                schema: schema.flatMap { APISchema.name(in: $0) })
        }
    }

    /// A command that calls it, with `TOKEN` and what stands in its path as variables of the shell.
    func command(at desk: String) -> String {
        var address = path
        for parameter in parameters {
            address = address.replacing("{\(parameter.name)}", with: "$\(parameter.name.uppercased())")
        }
        var lines = ["curl --fail-with-body --silent --show-error"]
        if method != "GET" { lines[0] += " --request \(method)" }
        lines.append("  --header \"Authorization: Bearer $TOKEN\"")
        if let body {
            lines.append("  --header 'Content-Type: application/json' --data '\(body.example)'")
        }
        return (lines + ["  \"\(desk)\(address)\""]).joined(separator: " \\\n")
    }
}
