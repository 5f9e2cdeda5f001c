import JSON

/// Where each part of the wanted state stands in its file, by its JSON pointer (RFC 6901).
struct StatePlaces {
    private var places: [String: String] = [:]
    /// The texts in lists, by the list's pointer.
    private var texts: [String: [(text: String, place: String)]] = [:]

    mutating func note(_ pointer: String, at place: String) {
        places[pointer] = place
    }

    /// Notes a text of a list.
    mutating func note(_ pointer: String, at place: String, saying text: String) {
        note(pointer, at: place)
        texts[Self.parent(of: pointer), default: []].append((text, place))
    }

    /// A fault of the desk as a line with its place.
    func line(of fault: JSONValue) -> ConfigurationFault {
        let (pointer, field, detail) = (fault.text("place"), fault.text("field"), fault.text("detail"))
        let name = StateForm.name(of: field)
        return ConfigurationFault(
            place: place(of: pointer, quoting: detail),
            reason: fault["is_whole"] == true || name.isEmpty ? detail : "`\(name)` \(detail)")
    }

    /// The place of what the pointer names, or of what that is in. In a list, that of the text that `detail` quotes.
    private func place(of pointer: String, quoting detail: String) -> String {
        let quoted = texts[pointer]?.first { detail.contains("“\($0.text)”") }
        if let quoted { return quoted.place }
        if let place = places[pointer] { return place }
        return pointer.contains("/") ? place(of: Self.parent(of: pointer), quoting: detail) : ""
    }

    private static func parent(of pointer: String) -> String {
        String(pointer[..<(pointer.lastIndex(of: "/") ?? pointer.startIndex)])
    }
}
