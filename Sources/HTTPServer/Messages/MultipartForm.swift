/// The parts of a form with files (`multipart/form-data`, RFC 7578), in order.
public struct MultipartForm: Sendable {
    /// A file that was chosen in a form.
    public struct File: Sendable {
        /// The name of the form's field.
        public let field: String
        /// The name that the client gave it, without folders; it may be anything.
        public let name: String
        public let bytes: [UInt8]
    }

    /// The fields that are no files.
    public private(set) var fields: [(name: String, value: String)] = []
    public private(set) var files: [File] = []

    /// The most parts; a form with more has none.
    private static let mostParts = 50

    init() {}

    /// Parses a body; without parts where it is malformed.
    init(contentType: String, body: [UInt8]) {
        guard let boundary = Self.boundary(of: contentType) else { return }
        let delimiter = Array("--\(boundary)".utf8)
        guard let first = body.position(of: delimiter, from: 0) else { return }
        var parts: [ArraySlice<UInt8>] = []
        var start = first + delimiter.count
        while parts.count <= Self.mostParts,
            let end = body.position(of: [0x0D, 0x0A] + delimiter, from: start)
        {
            parts.append(body[start..<end])
            start = end + 2 + delimiter.count
            if body[start...].starts(with: Array("--".utf8)) { break }
        }
        guard parts.count <= Self.mostParts else { return }
        for part in parts { add(Array(part)) }
    }

    /// The parameter `boundary` (RFC 2046, section 5.1.1).
    private static func boundary(of contentType: String) -> String? {
        for parameter in contentType.split(separator: ";").dropFirst() {
            let pair = parameter.split(separator: "=", maxSplits: 1)
            guard pair.count == 2, pair[0].lowercased().filter({ $0 != " " }) == "boundary" else { continue }
            let value = pair[1].filter { $0 != "\"" && $0 != " " }
            return (1...70).contains(value.utf8.count) ? value : nil
        }
        return nil
    }

    private mutating func add(_ part: [UInt8]) {
        guard let end = part.position(of: Array("\r\n\r\n".utf8), from: 0) else { return }
        let head = String(decoding: part[..<end], as: UTF8.self)
        let content = Array(part[(end + 4)...])
        for line in head.split(separator: "\r\n") {
            let field = line.split(separator: ":", maxSplits: 1)
            guard field.count == 2, field[0].lowercased() == "content-disposition" else { continue }
            guard let name = Self.parameter("name", of: field[1]) else { return }
            if let file = Self.parameter("filename", of: field[1]) {
                let last = file.split { $0 == "/" || $0 == "\\" }.last.map(String.init) ?? ""
                files.append(File(field: name, name: last, bytes: content))
            } else {
                fields.append((name, String(decoding: content, as: UTF8.self)))
            }
        }
    }

    /// A parameter of `Content-Disposition`, in quotes, in which browsers write `"` as `%22`.
    private static func parameter(_ name: String, of value: Substring) -> String? {
        for parameter in value.split(separator: ";").dropFirst() {
            let trimmed = parameter.drop { $0 == " " }
            guard trimmed.hasPrefix("\(name)=") else { continue }
            let text = trimmed.dropFirst(name.count + 1)
            guard text.hasPrefix("\""), text.dropFirst().hasSuffix("\"") else { return String(text) }
            return String(text.dropFirst().dropLast()).replacing("%22", with: "\"")
        }
        return nil
    }
}

extension [UInt8] {
    /// The first position of `bytes` from `start` on.
    fileprivate func position(of bytes: [UInt8], from start: Int) -> Int? {
        guard let first = bytes.first, start >= 0, count >= bytes.count else { return nil }
        var index = start
        while index <= count - bytes.count {
            if self[index] == first, self[index..<index + bytes.count].elementsEqual(bytes) { return index }
            index += 1
        }
        return nil
    }
}

extension Request {
    /// Whether the media type is that of a form with files.
    public var isMultipart: Bool { mediaType == "multipart/form-data" }

    /// The parts of a form with files in the body; none for any other body. It is parsed each time.
    public var multipart: MultipartForm {
        guard isMultipart else { return MultipartForm() }
        return MultipartForm(contentType: headers["content-type"] ?? "", body: body)
    }
}
