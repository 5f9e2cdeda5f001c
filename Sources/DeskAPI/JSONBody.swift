import Desk
import HTTPServer
import JSON
import Tokens

/// The JSON object in a request's body. Its members are read one by one, and their faults are collected, so that the
/// caller learns of all of them at once.
///
/// ```swift
/// var body = try JSONBody(request)
/// let name = body.requiredString("name")
/// try body.finish()
/// ```
struct JSONBody {
    private let members: [String: JSONValue]
    private var asked: Set<String> = []
    private var faults = FieldFaults()

    /// Parses the body. An empty body has no members.
    ///
    /// - Parameter takesMergePatch: whether the content type may be `application/merge-patch+json` (RFC 7396).
    init(_ request: Request, takesMergePatch: Bool = false) throws(Problem) {
        guard !request.body.isEmpty else {
            members = [:]
            return
        }
        guard request.isJSON || takesMergePatch && request.isMergePatch else {
            throw takesMergePatch ? .notMergePatch : .notJSON
        }
        let value: JSONValue
        do {
            value = try JSONValue(parsing: request.body)
        } catch {
            throw .badRequest("invalid-json", "The body is not JSON", "The body is not JSON at \(error).")
        }
        guard case .object(let members) = value else {
            throw .badRequest(
                "invalid-json", "The body is not a JSON object",
                "The body must be an object, but is \(value.kind).")
        }
        self.members = members
    }

    /// An object within the body.
    init(_ members: [String: JSONValue]) {
        self.members = members
    }

    private mutating func member(_ name: String) -> JSONValue? {
        asked.insert(name)
        guard let value = members[name], value != .null else { return nil }
        return value
    }

    /// Whether there is such a member, also where it is null, which stands for "remove it" in a merge patch.
    mutating func has(_ name: String) -> Bool {
        asked.insert(name)
        return members[name] != nil
    }

    /// A string, which must be there.
    mutating func requiredString(_ name: String) -> String {
        guard let value = member(name) else {
            faults.add(name, "is missing")
            return ""
        }
        return string(value, name) ?? ""
    }

    /// A string; `nil` if it is missing or null.
    mutating func optionalString(_ name: String) -> String? {
        member(name).flatMap { string($0, name) }
    }

    /// A boolean; `false` if it is missing.
    mutating func bool(_ name: String) -> Bool {
        guard let value = member(name) else { return false }
        guard case .bool(let truth) = value else {
            faults.add(name, "must be true or false, but is \(value.kind)")
            return false
        }
        return truth
    }

    /// An array of strings; empty if it is missing.
    mutating func strings(_ name: String) -> [String] {
        guard let value = member(name) else { return [] }
        guard case .array(let elements) = value else {
            faults.add(name, "must be an array of strings, but is \(value.kind)")
            return []
        }
        return elements.compactMap { string($0, name) }
    }

    /// An array of strings, which must be there.
    mutating func requiredStrings(_ name: String) -> [String] {
        if member(name) == nil { faults.add(name, "is missing") }
        return strings(name)
    }

    /// An array of some of `words`; empty if it is missing.
    mutating func words(_ name: String, of words: [String]) -> [String] {
        let texts = strings(name)
        if texts.contains(where: { !words.contains($0) }) {
            faults.add(name, "must be an array of \(words.joined(separator: ", "))")
        }
        return texts
    }

    /// Adds a fault of a member.
    mutating func refuse(_ name: String, _ detail: String) { faults.add(name, detail) }

    /// An object; `nil` if it is missing.
    mutating func object(_ name: String) -> [String: JSONValue]? {
        guard let value = member(name) else { return nil }
        guard case .object(let members) = value else {
            faults.add(name, "must be an object, but is \(value.kind)")
            return nil
        }
        return members
    }

    /// An array of objects; empty if it is missing.
    mutating func objects(_ name: String) -> [[String: JSONValue]] {
        guard let value = member(name) else { return [] }
        let objects = (value.array ?? []).compactMap { element -> [String: JSONValue]? in
            if case .object(let members) = element { members } else { nil }
        }
        if value.array?.count != objects.count { faults.add(name, "must be an array of objects") }
        return objects
    }

    /// An expiry, as a date and time (RFC 3339) or as the last day; `nil` if it is missing or null.
    mutating func expiry(_ name: String) -> Timestamp? {
        guard let value = member(name), let text = string(value, name) else { return nil }
        guard let end = Timestamp(expiry: text) else {
            faults.add(
                name,
                "must be a date and time of RFC 3339 such as 2027-01-31T08:00:00Z, or a day such as 2027-01-31, "
                    + "the last on which the token works")
            return nil
        }
        return end
    }

    /// An expiry of a new token: as ``expiry(_:)``, or `never`; nothing is chosen if it is missing or null.
    mutating func expiryChoice(_ name: String) -> (end: Timestamp?, isNever: Bool) {
        if has(name), let value = member(name), value == .string("never") { return (nil, true) }
        return (expiry(name), false)
    }

    /// A day such as 2027-01-31, as its first moment in UTC; `nil` if it is missing or null.
    mutating func day(_ name: String) -> Timestamp? {
        guard let text = optionalString(name) else { return nil }
        guard let day = Timestamp(date: text) else {
            faults.add(name, "must be a day such as 2027-01-31")
            return nil
        }
        return day
    }

    /// A moment (RFC 3339); `nil` if it is missing or null.
    mutating func moment(_ name: String) -> Timestamp? {
        guard let text = optionalString(name) else { return nil }
        guard let moment = Timestamp(rfc3339: text) else {
            faults.add(name, "must be a moment (RFC 3339) such as 2027-01-31T08:00:00Z")
            return nil
        }
        return moment
    }

    /// An integer; `otherwise` if it is missing.
    mutating func integer(_ name: String, otherwise: Int64) -> Int64 {
        guard let value = member(name) else { return otherwise }
        guard case .integer(let number) = value else {
            faults.add(name, "must be a whole number, but is \(value.kind)")
            return otherwise
        }
        return number
    }

    /// One of `words`; `nil` if it is missing.
    mutating func word(_ name: String, of words: [String]) -> String? {
        guard let text = optionalString(name) else { return nil }
        guard words.contains(text) else {
            faults.add(name, "must be \(words.joined(separator: " or "))")
            return nil
        }
        return text
    }

    /// An integer; `nil` if it is missing.
    mutating func optionalInteger(_ name: String) -> Int64? {
        member(name) == nil ? nil : integer(name, otherwise: 0)
    }

    /// An integer, which must be there.
    mutating func requiredInteger(_ name: String) -> Int64 {
        guard member(name) != nil else {
            faults.add(name, "is missing")
            return 0
        }
        return integer(name, otherwise: 0)
    }

    private mutating func string(_ value: JSONValue, _ name: String) -> String? {
        if case .string(let text) = value { return text }
        faults.add(name, "must be a string, but is \(value.kind)")
        return nil
    }

    /// Throws a ``Problem`` with all faults found, also for members that were not read.
    func finish() throws(Problem) {
        var faults = faults
        let known = asked.sorted().joined(separator: ", ")
        for name in members.keys.filter({ !asked.contains($0) }).sorted() {
            faults.add(name.beginning(bytes: 60), "is unknown here: use \(known)")
        }
        guard faults.isEmpty else { throw .invalid(faults.all) }
    }
}
