import Testing
import YAML

/// The tree of `text` in one line, with the position of every node.
private func tree(_ text: String) throws -> String {
    func line(_ node: YAMLNode) -> String {
        let place = "@\(node.position.line):\(node.position.column)"
        switch node.content {
        case .scalar(let text, let isPlain): return (isPlain ? text : "“\(text)”") + place
        case .sequence(let items): return "[\(items.map(line).joined(separator: ", "))]" + place
        case .mapping(let entries):
            let shown = entries.map {
                "\($0.key)@\($0.position.line):\($0.position.column): \(line($0.value))"
            }
            return "{\(shown.joined(separator: ", "))}" + place
        }
    }
    return line(try YAMLNode(parsing: Array(text.utf8)))
}

@Suite("YAML")
struct YAMLTests {
    @Test(
        "a document is a tree with positions",
        arguments: [
            ("", "@1:1"),
            ("# only a comment\n", "@1:1"),
            ("a", "a@1:1"),
            ("a: 1\nb:\n  c: 'x y'\n", "{a@1:1: 1@1:4, b@2:1: {c@3:3: “x y”@3:6}@3:3}@1:1"),
            ("- 1\n- [2, \"3\"]\n", "[1@1:3, [2@2:4, “3”@2:7]@2:3]@1:1"),
            ("é: {ü: }\n", "{é@1:1: {ü@1:5: @1:8}@1:4}@1:1"),
            ("\u{FEFF}a: 1\n", "{a@1:2: 1@1:5}@1:2"),
            ("---\na: |\n  two\n  lines\n...\n", "{a@2:1: “two\nlines\n”@2:4}@2:1"),
        ])
    func places(text: String, expected: String) throws {
        let tree = try tree(text)
        #expect(tree == expected)
    }

    @Test(
        "an error has a position",
        arguments: [
            ("a: 1\na: 2\n", "2:1 duplicate key `a`: first in line 1"),
            ("a: &x 1\nb: *x\n", "1:4 anchors (&) are not supported"),
            ("b: *x\n", "1:4 aliases (*) are not supported: write the value out"),
            ("a: !!str 1\n", "1:4 tags (!) are not supported"),
            ("a: 1\n---\nb: 2\n", "2:1 a second document begins here: a file holds one"),
            ("? [a, b]\n: c\n", "1:3 a key must be a text"),
            ("a: 'x\n", "2:1 found unexpected end of stream"),
            ("services: [\n", "2:1 did not find expected node content"),
            (
                "é: [a, ::1]\n",
                "1:8 did not find expected node content: what begins with a colon, such as \"::1\", needs quotes"
            ),
            ("a: b: c\n", "1:5 mapping values are not allowed in this context"),
            ("a: 1\n\tb: 2\n", "2:1 found a tab character that violates indentation"),
            ("ab: \u{7}\n", "1:5 control characters are not allowed"),
        ])
    func refusals(text: String, expected: String) throws {
        let fault = try #require(throws: YAMLFault.self) { try YAMLNode(parsing: Array(text.utf8)) }
        #expect("\(fault.position.line):\(fault.position.column) \(fault.description)" == expected)
    }

    @Test("invalid UTF-8 is refused with its position")
    func badBytes() throws {
        let bytes = Array("a: 1\nb: ".utf8) + [0xFF, 0xFE]
        let fault = try #require(throws: YAMLFault.self) { try YAMLNode(parsing: bytes) }
        #expect(fault.position.line == 2)
        #expect(fault.position.column == 4)
    }

    @Test("depth and size are bounded")
    func bounds() throws {
        let deep = String(repeating: "[", count: 33) + String(repeating: "]", count: 33)
        let fault = try #require(throws: YAMLFault.self) { try YAMLNode(parsing: Array(deep.utf8)) }
        #expect(fault.description == "lists and mappings are nested more than 32 deep")
        let long = [UInt8](repeating: UInt8(ascii: "a"), count: YAMLNode.sizeLimit + 1)
        #expect(throws: YAMLFault.self) { try YAMLNode(parsing: long) }
        #expect(throws: Never.self) { try YAMLNode(parsing: Array(deep.dropFirst().dropLast().utf8)) }
    }

    @Test("no input ends the process")
    func noise() {
        var generator = SystemRandomNumberGenerator()
        let pieces = [
            "a", ":", " ", "\n", "-", "[", "]", "{", "}", ",", "'", "\"", "|", ">", "&", "*", "!", "%", "#",
            "?", "\t", "é", "\0", "---", "...",
        ]
        for round in 0..<3000 {
            let bytes: [UInt8] =
                round % 2 == 0
                ? (0..<Int.random(in: 0...80)).map { _ in generator.next() }
                : (0..<Int.random(in: 0...60)).flatMap { _ in Array(pieces.randomElement()!.utf8) }
            _ = try? YAMLNode(parsing: bytes)
        }
    }
}
