internal import CJansson
import Glibc

/// A syntax error.
public struct JSONFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// Counted from 1.
    public let line: Int
    /// In characters, counted from 1.
    public let column: Int
    /// The parser's message.
    public let reason: String

    public var description: String { "line \(line), column \(column): \(reason)" }
}

/// Reads and writes with Jansson (<https://jansson.readthedocs.io>), which reports the position of errors, refuses
/// duplicate members and limits the depth.
extension JSONValue {
    /// Parses a document, which may be any kind of value.
    public init(parsing bytes: [UInt8]) throws(JSONFault) {
        var error = json_error_t()
        let flags = Int(JSON_REJECT_DUPLICATES | JSON_DECODE_ANY)
        let parsed = bytes.withUnsafeBytes { buffer -> UnsafeMutablePointer<json_t>? in
            json_loadb(buffer.baseAddress ?? UnsafeRawPointer(bitPattern: 1), buffer.count, flags, &error)
        }
        guard let parsed else {
            let reason = withUnsafeBytes(of: &error.text) { text in
                String(decoding: text.prefix { $0 != 0 }, as: UTF8.self)
            }
            throw JSONFault(
                line: max(1, Int(error.line)), column: max(1, Int(error.column)), reason: Self.worded(reason))
        }
        defer { json_decref(parsed) }
        self = Self.value(of: parsed)
    }

    /// The message without Jansson's excerpt of the text, which could hold a secret.
    private static func worded(_ reason: String) -> String {
        guard let near = reason.firstRange(of: " near ") else { return reason }
        return String(reason[..<near.lowerBound])
    }

    private static func value(of json: UnsafeMutablePointer<json_t>) -> JSONValue {
        switch json.pointee.type {
        case JSON_TRUE: return .bool(true)
        case JSON_FALSE: return .bool(false)
        case JSON_INTEGER: return .integer(json_integer_value(json))
        case JSON_REAL: return .number(json_real_value(json))
        case JSON_STRING: return .string(text(json_string_value(json), json_string_length(json)))
        case JSON_ARRAY:
            return .array((0..<json_array_size(json)).compactMap { json_array_get(json, $0).map(value) })
        case JSON_OBJECT:
            var members: [String: JSONValue] = [:]
            var iterator = json_object_iter(json)
            while let at = iterator {
                if let key = json_object_iter_key(at), let member = json_object_iter_value(at) {
                    members[String(cString: key)] = value(of: member)
                }
                iterator = json_object_iter_next(json, at)
            }
            return .object(members)
        default: return .null
        }
    }

    private static func text(_ start: UnsafePointer<CChar>?, _ count: Int) -> String {
        let bytes = UnsafeBufferPointer(start: start, count: count)
        return String(decoding: bytes.lazy.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The document in compact form, with members sorted by name.
    public var text: String {
        guard let json = made() else { return "null" }
        defer { json_decref(json) }
        guard let dumped = json_dumps(json, Int(JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY)) else {
            return "null"
        }
        defer { free(dumped) }
        return String(cString: dumped)
    }

    /// The value as an object of Jansson, owned by the caller.
    private func made() -> UnsafeMutablePointer<json_t>? {
        switch self {
        case .null: return json_null()
        case .bool(let value): return value ? json_true() : json_false()
        case .integer(let value): return json_integer(value)
        case .number(let value): return json_real(value)
        case .string(let value): return json_stringn(value, value.utf8.count)
        case .array(let elements):
            let array = json_array()
            for element in elements { json_array_append_new(array, element.made()) }
            return array
        case .object(let members):
            let object = json_object()
            for (name, member) in members { json_object_set_new(object, name, member.made()) }
            return object
        }
    }
}
